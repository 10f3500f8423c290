package dev.loomgate.upstream.http;

/** Which octets may stand where (RFC 9110 sections 5.5 and 5.6.2). */
final class Octets {
    private static final boolean[] TOKEN = new boolean[256];

    static {
        for (char c = 'a'; c <= 'z'; c++) {
            TOKEN[c] = true;
            TOKEN[c - 'a' + 'A'] = true;
        }
        for (char c : "0123456789!#$%&'*+-.^_`|~".toCharArray()) {
            TOKEN[c] = true;
        }
    }

    private Octets() {
    }

    static boolean isToken(byte octet) {
        return TOKEN[octet & 0xff];
    }

    static boolean isField(byte octet) {
        int value = octet & 0xff;
        return value >= ' ' && value != 0x7f || value == '\t';
    }

    static boolean isBlank(byte octet) {
        return octet == ' ' || octet == '\t';
    }

    static boolean isDigit(byte octet) {
        return octet >= '0' && octet <= '9';
    }

    /** Value of a hexadecimal digit; -1 for anything else. */
    static int hexValue(byte octet) {
        return Character.digit(octet & 0xff, 16);
    }
}
