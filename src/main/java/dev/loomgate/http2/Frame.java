package dev.loomgate.http2;

/**
 * The header of a frame (RFC 9113 section 4.1).
 *
 * @param length octets of the payload
 * @param type   one of the constants, or one that is not known
 * @param flags  bits that the type gives a meaning to
 * @param stream number of the stream; 0 for the connection
 */
record Frame(int length, int type, int flags, int stream) {
    static final int DATA = 0;
    static final int HEADERS = 1;
    static final int PRIORITY = 2;
    static final int RST_STREAM = 3;
    static final int SETTINGS = 4;
    static final int PUSH_PROMISE = 5;
    static final int PING = 6;
    static final int GOAWAY = 7;
    static final int WINDOW_UPDATE = 8;
    static final int CONTINUATION = 9;

    static final int END_STREAM = 0x1;
    static final int ACK = 0x1;
    static final int END_HEADERS = 0x4;
    static final int PADDED = 0x8;
    static final int WITH_PRIORITY = 0x20;

    /** Octets of the header itself. */
    static final int HEADER = 9;
    /** Longest payload that is taken, and written: what a connection begins with (section 6.5.2). */
    static final int LARGEST = 16 * 1024;

    /** Length of the payload of the largest frame that is written with a piece of a body: with its header it fills a record of TLS. */
    static final int PIECE = LARGEST - HEADER;

    /** Bytes of a body that leave in frames that follow each other: with their headers, what one system call takes. */
    static final int RUN = 4 * PIECE;

    /** Where a byte of a body stands among frames of {@link #PIECE} bytes that follow each other, each behind its header. */
    static int placeOf(int bodyByte) {
        return bodyByte + (bodyByte / PIECE + 1) * HEADER;
    }

    /** Writes a header at an index. */
    static void write(byte[] bytes, int at, int length, int type, int flags, int stream) {
        bytes[at] = (byte) (length >> 16);
        bytes[at + 1] = (byte) (length >> 8);
        bytes[at + 2] = (byte) length;
        bytes[at + 3] = (byte) type;
        bytes[at + 4] = (byte) flags;
        bytes[at + 5] = (byte) (stream >> 24);
        bytes[at + 6] = (byte) (stream >> 16);
        bytes[at + 7] = (byte) (stream >> 8);
        bytes[at + 8] = (byte) stream;
    }

    /** Reads the header at an index. */
    static Frame read(byte[] bytes, int at) {
        int length = (bytes[at] & 0xff) << 16 | (bytes[at + 1] & 0xff) << 8 | bytes[at + 2] & 0xff;
        return new Frame(length, bytes[at + 3] & 0xff, bytes[at + 4] & 0xff, integer(bytes, at + 5) & Integer.MAX_VALUE);
    }

    /** Reads 32 bits at an index. */
    static int integer(byte[] bytes, int at) {
        return bytes[at] << 24 | (bytes[at + 1] & 0xff) << 16 | (bytes[at + 2] & 0xff) << 8 | bytes[at + 3] & 0xff;
    }

    boolean has(int flag) {
        return (flags & flag) != 0;
    }
}
