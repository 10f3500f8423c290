package dev.loomgate.http2;

import dev.loomgate.guard.Reason;

/** The settings of a client (RFC 9113 section 6.5.2). */
final class PeerSettings {
    /** Octets of each setting. */
    static final int LENGTH = 6;

    private static final int HEADER_TABLE_SIZE = 1;
    private static final int ENABLE_PUSH = 2;
    private static final int INITIAL_WINDOW_SIZE = 4;
    private static final int MAX_FRAME_SIZE = 5;
    private static final int LARGEST_FRAME = (1 << 24) - 1;
    /** There are a dozen that are known; each one of a frame may change all streams. */
    private static final int MOST = 64;

    private PeerSettings() {
    }

    /**
     * Takes the settings of one frame.
     *
     * @return whether they allow a smaller table of fields than a connection begins with
     */
    static boolean take(byte[] bytes, int start, int length, Streams streams) throws ConnectionError {
        if (length > MOST * LENGTH) {
            throw new ConnectionError(ErrorCode.ENHANCE_YOUR_CALM, Reason.FRAMES, "more than " + MOST + " settings in a frame");
        }
        boolean reduced = false;
        for (int at = start; at < start + length; at += LENGTH) {
            int identifier = (bytes[at] & 0xff) << 8 | bytes[at + 1] & 0xff;
            long value = Frame.integer(bytes, at + 2) & 0xffffffffL;
            switch (identifier) {
                case HEADER_TABLE_SIZE -> reduced |= value < HpackDecoder.TABLE_SIZE;
                case ENABLE_PUSH -> require(value <= 1, ErrorCode.PROTOCOL_ERROR, "ENABLE_PUSH is neither 0 nor 1");
                case INITIAL_WINDOW_SIZE -> {
                    require(value <= Integer.MAX_VALUE, ErrorCode.FLOW_CONTROL_ERROR, "INITIAL_WINDOW_SIZE is too large");
                    require(streams.changeInitialWindow((int) value), ErrorCode.FLOW_CONTROL_ERROR,
                            "a window is larger than it can be");
                }
                case MAX_FRAME_SIZE -> require(value >= Frame.LARGEST && value <= LARGEST_FRAME, ErrorCode.PROTOCOL_ERROR,
                        "MAX_FRAME_SIZE is out of its range");
                default -> {
                    // of no meaning to a server that neither pushes nor counts its own streams, or not known
                }
            }
        }
        return reduced;
    }

    private static void require(boolean condition, ErrorCode code, String mistake) throws ConnectionError {
        if (!condition) {
            throw new ConnectionError(code, mistake);
        }
    }
}
