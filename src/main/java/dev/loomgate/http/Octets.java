package dev.loomgate.http;

/** Which octets may stand where, as RFC 9110 section 5.6 and RFC 9112 say. */
public final class Octets {
    private static final byte TOKEN = 1;
    private static final byte FIELD = 2;
    private static final byte TARGET = 4;
    private static final byte HEX = 8;
    private static final byte UPPER = 16;
    private static final byte[] CLASSES = classes();

    private Octets() {
    }

    private static byte[] classes() {
        var classes = new byte[256];
        for (int c = 0x21; c < 0x7f; c++) {
            classes[c] |= FIELD;
            // '#' begins a fragment, which no client sends; the rest of printable ASCII is sent by some though it should
            // be percent-encoded
            classes[c] |= c == '#' ? 0 : TARGET;
        }
        for (int c = 0x80; c < 0x100; c++) {
            classes[c] |= FIELD;
        }
        classes[' '] |= FIELD;
        classes['\t'] |= FIELD;
        for (char c : "!#$%&'*+-.^_`|~".toCharArray()) {
            classes[c] |= TOKEN;
        }
        for (char c = '0'; c <= '9'; c++) {
            classes[c] |= TOKEN | HEX;
        }
        for (char c = 'a'; c <= 'z'; c++) {
            classes[c] |= TOKEN;
        }
        for (char c = 'A'; c <= 'Z'; c++) {
            classes[c] |= TOKEN | UPPER;
        }
        for (char c : "abcdefABCDEF".toCharArray()) {
            classes[c] |= HEX;
        }
        return classes;
    }

    /** tchar of RFC 9110 section 5.6.2. */
    public static boolean isToken(byte octet) {
        return (CLASSES[octet & 0xff] & TOKEN) != 0;
    }

    /** What a field value may hold (RFC 9110 section 5.5): printable, blank, tab, and 0x80 up. */
    public static boolean isField(byte octet) {
        return (CLASSES[octet & 0xff] & FIELD) != 0;
    }

    /** What a request target may hold: printable ASCII but for {@code #}. */
    public static boolean isTarget(byte octet) {
        return (CLASSES[octet & 0xff] & TARGET) != 0;
    }

    public static boolean isHex(byte octet) {
        return (CLASSES[octet & 0xff] & HEX) != 0;
    }

    public static boolean isUpper(byte octet) {
        return (CLASSES[octet & 0xff] & UPPER) != 0;
    }

    public static boolean isDigit(byte octet) {
        return octet >= '0' && octet <= '9';
    }

    /** Value of a hexadecimal digit that {@link #isHex} has approved. */
    public static int hexValue(byte octet) {
        return octet <= '9' ? octet - '0' : (octet | 0x20) - 'a' + 10;
    }

    /** Letters in lower case, all else as it is. */
    public static int lower(byte octet) {
        return isUpper(octet) ? octet | 0x20 : octet & 0xff;
    }
}
