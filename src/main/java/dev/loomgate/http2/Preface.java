package dev.loomgate.http2;

import java.nio.charset.StandardCharsets;

/** What a client begins with (RFC 9113 section 3.4). */
final class Preface {
    private static final byte[] BYTES = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    static final int LENGTH = BYTES.length;

    private Preface() {
    }

    /** Whether an octet may stand at this index. */
    static boolean has(int index, byte octet) {
        return BYTES[index] == octet;
    }
}
