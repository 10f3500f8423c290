package dev.loomgate.http1;

import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;

import dev.loomgate.transport.LeanSocket;

/** What a client sends once its connection speaks another protocol: it may take its time. For one thread at a time. */
final class UpgradedInput extends InputStream {
    /** No deadline, in the milliseconds of the socket's clock. */
    private static final long NEVER = Long.MAX_VALUE >> 3;

    private final LeanSocket socket;
    private byte[] rest;
    private int position;

    /** @param rest what came with the request already, or null */
    UpgradedInput(LeanSocket socket, byte[] rest) {
        this.socket = socket;
        this.rest = rest;
    }

    @Override
    public int read() throws IOException {
        byte[] single = new byte[1];
        return read(single, 0, 1) < 0 ? -1 : single[0] & 0xFF;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, into.length);
        if (length == 0) {
            return 0;
        }
        if (rest == null) {
            return socket.read(into, offset, length, NEVER);
        }
        int count = Math.min(length, rest.length - position);
        System.arraycopy(rest, position, into, offset, count);
        position += count;
        if (position == rest.length) {
            rest = null;
        }
        return count;
    }

    /** Ends the connection: whoever reads stops waiting. */
    @Override
    public void close() {
        socket.close();
    }
}
