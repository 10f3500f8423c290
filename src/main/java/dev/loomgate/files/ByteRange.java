package dev.loomgate.files;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A region of a representation, both ends included (RFC 9110 section 14.1.2).
 *
 * @param first position of its first byte
 * @param last  position of its last byte
 */
record ByteRange(long first, long last) {
    /**
     * Ranges that a request may ask for. One that asks for more gets the whole representation, as RFC 9110 section 14.2 allows
     * for "many small ranges": each costs a part header and a read of its own. Readers of PDF files ask for a dozen at once.
     */
    static final int MOST = 64;
    /**
     * Overlaps that a request may have before it gets the whole representation: RFC 9110 section 14.2 calls "more than two"
     * the sign of an attack.
     */
    static final int MOST_OVERLAPS = 2;
    /** Ranges that are no further apart than this are joined: it is about what the header of one more part would take. */
    static final int GAP = 80;

    long length() {
        return last - first + 1;
    }

    /** Value of {@code Content-Range}. */
    String contentRange(long length) {
        return "bytes " + first + '-' + last + '/' + length;
    }

    /**
     * Reads a {@code Range} field.
     *
     * @param field  its value
     * @param length bytes of the representation
     * @return the satisfiable ranges in the order they were asked for, those that overlap or nearly touch joined; an empty list
     *         if none is satisfiable (416); nothing if the field is to be ignored because it is not valid, or asks for too much
     */
    static Optional<List<ByteRange>> parse(String field, long length) {
        if (!field.regionMatches(true, 0, "bytes=", 0, 6)) {
            return Optional.empty();
        }
        var wanted = new ArrayList<ByteRange>();
        int specs = 0;
        for (String spec : field.substring(6).split(",", -1)) {
            String trimmed = spec.strip();
            if (trimmed.isEmpty()) {
                continue; // RFC 9110 section 5.6.1.2: empty elements of a list count as absent
            }
            int dash = trimmed.indexOf('-');
            if (++specs > MOST || dash < 0) {
                return Optional.empty();
            }
            String from = trimmed.substring(0, dash);
            String to = trimmed.substring(dash + 1);
            if (!isNumber(from) && !from.isEmpty() || !isNumber(to) && !to.isEmpty() || from.isEmpty() && to.isEmpty()) {
                return Optional.empty();
            }
            if (length == 0 && from.isEmpty() && number(to) > 0) {
                return Optional.empty(); // satisfiable by the whole of nothing, which Content-Range can't express
            }
            long first = from.isEmpty() ? Math.max(0, length - number(to)) : number(from);
            long last = from.isEmpty() || to.isEmpty() ? length - 1 : Math.min(number(to), length - 1);
            if (!from.isEmpty() && !to.isEmpty() && number(to) < number(from)) {
                return Optional.empty();
            }
            if (first <= last) {
                wanted.add(new ByteRange(first, last));
            }
        }
        if (specs == 0 || overlaps(wanted) > MOST_OVERLAPS) {
            return Optional.empty();
        }
        return Optional.of(join(wanted));
    }

    private static boolean isNumber(String text) {
        return !text.isEmpty() && text.chars().allMatch(c -> c >= '0' && c <= '9');
    }

    /** Reads digits; a number that is too large for a file is as good as the largest. */
    private static long number(String digits) {
        try {
            return Long.parseLong(digits);
        } catch (NumberFormatException e) {
            return Long.MAX_VALUE;
        }
    }

    private static int overlaps(List<ByteRange> ranges) {
        int overlaps = 0;
        for (int i = 0; i < ranges.size(); i++) {
            for (int j = 0; j < i; j++) {
                overlaps += ranges.get(i).isWithin(0, ranges.get(j)) ? 1 : 0;
            }
        }
        return overlaps;
    }

    /** Joins what lies together; a joined range stands where the first of its parts stood (RFC 9110 section 15.3.7.2). */
    private static List<ByteRange> join(List<ByteRange> ranges) {
        var joined = new ArrayList<ByteRange>();
        for (ByteRange range : ranges) {
            ByteRange union = range;
            int place = joined.size();
            for (int i = 0; i < joined.size();) {
                if (union.isWithin(GAP, joined.get(i))) {
                    union = new ByteRange(Math.min(union.first, joined.get(i).first), Math.max(union.last, joined.get(i).last));
                    joined.remove(i);
                    place = Math.min(place, i);
                    i = 0; // the union may reach ranges that its parts did not
                } else {
                    i++;
                }
            }
            joined.add(Math.min(place, joined.size()), union);
        }
        return List.copyOf(joined);
    }

    private boolean isWithin(int gap, ByteRange other) {
        return first - gap <= other.last && other.first - gap <= last;
    }
}
