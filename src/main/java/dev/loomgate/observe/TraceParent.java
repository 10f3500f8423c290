package dev.loomgate.observe;

import java.util.Optional;

/**
 * The field {@code traceparent} (W3C Trace Context, section 3.2): which trace a request belongs to, and who sent it.
 *
 * @param trace  32 hexadecimal digits, not all 0
 * @param parent 16 hexadecimal digits, not all 0
 * @param flags  2 hexadecimal digits; the lowest bit says that the caller records
 */
record TraceParent(String trace, String parent, String flags) {
    private static final int LENGTH = 55;

    /** Reads a field of version 00, or what a later version has in common with it; empty if it is not valid. */
    static Optional<TraceParent> parse(String text) {
        boolean formed = text.length() >= LENGTH && text.charAt(2) == '-' && text.charAt(35) == '-' && text.charAt(52) == '-'
                && isHex(text, 0, 2) && isHex(text, 3, 35) && isHex(text, 36, 52) && isHex(text, 53, 55);
        if (!formed || text.startsWith("ff") || text.startsWith("00") && text.length() != LENGTH
                || text.length() > LENGTH && text.charAt(LENGTH) != '-' || isZero(text, 3, 35) || isZero(text, 36, 52)) {
            return Optional.empty();
        }
        return Optional.of(new TraceParent(text.substring(3, 35), text.substring(36, 52), text.substring(53, 55)));
    }

    private static boolean isHex(String text, int from, int to) {
        for (int i = from; i < to; i++) {
            char c = text.charAt(i);
            if (!(c >= '0' && c <= '9' || c >= 'a' && c <= 'f')) {
                return false;
            }
        }
        return true;
    }

    private static boolean isZero(String text, int from, int to) {
        for (int i = from; i < to; i++) {
            if (text.charAt(i) != '0') {
                return false;
            }
        }
        return true;
    }

    boolean isSampled() {
        return (Integer.parseInt(flags, 16) & 1) == 1;
    }

    @Override
    public String toString() {
        return "00-" + trace + "-" + parent + "-" + flags;
    }
}
