package dev.loomgate.http2;

/**
 * A header field as it stands in a field section.
 *
 * @param name  its name; a character for each octet
 * @param value its value; a character for each octet
 */
record HeaderField(String name, String value) {
    /** What a table or a list of fields counts for each beside its octets (RFC 7541 section 4.1, RFC 9113 section 6.5.2). */
    private static final int OVERHEAD = 32;

    /** Size in octets as tables and limits count it. */
    int size() {
        return name.length() + value.length() + OVERHEAD;
    }
}
