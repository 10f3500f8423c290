package dev.loomgate.http1;

import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.ClosedChannelException;
import java.util.Objects;

import dev.loomgate.transport.LeanSocket;

/** What a client sends after it has changed to another protocol: what was read too much, then the socket. */
final class RawInputStream extends InputStream {
    /** Whoever reads has time limits of its own. */
    private static final long NO_DEADLINE = 1L << 50;

    private final LeanSocket socket;
    private final byte[] begun;
    private int position;

    /** @param begun what was read already; null for nothing */
    RawInputStream(LeanSocket socket, byte[] begun) {
        this.socket = socket;
        this.begun = begun == null ? new byte[0] : begun;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, into.length);
        if (position < begun.length) {
            int count = Math.min(length, begun.length - position);
            System.arraycopy(begun, position, into, offset, count);
            position += count;
            return count;
        }
        try {
            return socket.read(into, offset, length, NO_DEADLINE);
        } catch (ClosedChannelException e) {
            return -1;
        }
    }
}
