package dev.loomgate.http2;

/** The fields that a peer has added to its table (RFC 7541 section 2.3.2). For one thread. */
final class DynamicTable {
    private final int largest;
    private HeaderField[] ring = new HeaderField[16];
    private int newest;
    private int count;
    private int size;
    private int capacity;

    /** @param largest most octets that it may be set to hold, and holds at first */
    DynamicTable(int largest) {
        this.largest = largest;
        this.capacity = largest;
    }

    /** Field at an index from 1, the newest, on; null if there is none. */
    HeaderField at(int index) {
        return index > count ? null : ring[newest - index + 1 & ring.length - 1];
    }

    /** Adds a field, for which older ones go; one that is larger than the table empties it (section 4.4). */
    void add(HeaderField field) {
        evictTo(capacity - field.size());
        if (field.size() > capacity) {
            return;
        }
        if (count == ring.length) {
            grow();
        }
        newest = newest + 1 & ring.length - 1;
        ring[newest] = field;
        count++;
        size += field.size();
    }

    private void grow() {
        var larger = new HeaderField[ring.length * 2];
        for (int i = 1; i <= count; i++) {
            larger[count - i] = at(i);
        }
        ring = larger;
        newest = count - 1;
    }

    /** @throws HpackException if the size is above what has been allowed (section 6.3) */
    void resize(int octets) throws HpackException {
        if (octets > largest) {
            throw new HpackException("a table of " + octets + " octets is larger than the " + largest + " that are allowed");
        }
        capacity = octets;
        evictTo(octets);
    }

    private void evictTo(int most) {
        while (count > 0 && size > most) {
            int oldest = newest - count + 1 & ring.length - 1;
            size -= ring[oldest].size();
            ring[oldest] = null;
            count--;
        }
    }

    /** Octets that it holds. */
    int size() {
        return size;
    }
}
