package dev.loomgate.http2;

import java.util.function.Consumer;

/**
 * Decodes the field sections of one connection (RFC 7541). Whatever a section holds, the memory that it takes is bounded by the
 * section's own length, which the caller limits, and by the table. For one thread.
 */
final class HpackDecoder {
    /** Size of the table in octets that a connection begins with (RFC 9113 section 6.5.2); no other is asked for. */
    static final int TABLE_SIZE = 4096;

    /** No index, length or size that is allowed comes near this. */
    private static final int LARGEST_INTEGER = 1 << 24;

    private final DynamicTable table;
    private byte[] bytes;
    private int at;
    private int end;

    HpackDecoder() {
        this(TABLE_SIZE);
    }

    /** @param tableSize size of the table in octets that has been agreed on */
    HpackDecoder(int tableSize) {
        this.table = new DynamicTable(tableSize);
    }

    /**
     * Decodes a whole field section.
     *
     * @param fields takes each field, in the order of the section
     * @throws HpackException if it is not valid: the connection can't go on
     */
    void decode(byte[] section, int start, int stop, Consumer<HeaderField> fields) throws HpackException {
        bytes = section;
        at = start;
        end = stop;
        boolean begun = false;
        while (at < end) {
            int first = bytes[at];
            if ((first & 0x80) != 0) {
                fields.accept(field(integer(7)));
            } else if ((first & 0x40) != 0) {
                HeaderField field = literal(6);
                table.add(field);
                fields.accept(field);
            } else if ((first & 0x20) != 0) {
                if (begun) {
                    throw new HpackException("the size of the table changes within a field section");
                }
                table.resize(integer(5));
                continue;
            } else {
                fields.accept(literal(4));
            }
            begun = true;
        }
    }

    private HeaderField field(int index) throws HpackException {
        HeaderField field = index == 0 ? null : index <= StaticTable.SIZE ? StaticTable.at(index)
                : table.at(index - StaticTable.SIZE);
        if (field == null) {
            throw new HpackException("there is no field with the index " + index);
        }
        return field;
    }

    private HeaderField literal(int prefix) throws HpackException {
        int index = integer(prefix);
        String name = index == 0 ? string() : field(index).name();
        return new HeaderField(name, string());
    }

    /** Section 5.1. */
    private int integer(int prefix) throws HpackException {
        int most = (1 << prefix) - 1;
        int value = octet() & most;
        if (value < most) {
            return value;
        }
        for (int shift = 0; ; shift += 7) {
            int octet = octet();
            if (shift > 21) {
                throw new HpackException("an integer is too long");
            }
            value += (octet & 0x7f) << shift;
            if (value > LARGEST_INTEGER) {
                throw new HpackException("an integer is too large");
            }
            if ((octet & 0x80) == 0) {
                return value;
            }
        }
    }

    /** Section 5.2. */
    @SuppressWarnings("deprecation")
    private String string() throws HpackException {
        boolean huffman = at < end && (bytes[at] & 0x80) != 0;
        int length = integer(7);
        if (length > end - at) {
            throw new HpackException("a string is longer than its field section");
        }
        int start = at;
        at += length;
        // the deprecated constructor does what is wanted: a character for each octet
        return huffman ? Huffman.decode(bytes, start, at) : new String(bytes, 0, start, length);
    }

    private int octet() throws HpackException {
        if (at == end) {
            throw new HpackException("a field section ends within a field");
        }
        return bytes[at++];
    }

    /** Octets that the table holds. */
    int tableSize() {
        return table.size();
    }
}
