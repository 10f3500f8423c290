package dev.loomgate.gateway;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;

/** A request body that fails, instead of just ending, before its length. */
final class ExactStream extends InputStream {
    private final InputStream in;
    private final long length;
    private long received;

    ExactStream(InputStream in, long length) {
        this.in = in;
        this.length = length;
    }

    @Override
    public int read() throws IOException {
        byte[] single = new byte[1];
        return read(single, 0, 1) < 0 ? -1 : single[0] & 0xFF;
    }

    @Override
    public int read(byte[] buffer, int offset, int count) throws IOException {
        int n = in.read(buffer, offset, count);
        if (n < 0 && received < length) {
            throw endedEarly(received, length);
        }
        received += Math.max(n, 0);
        return n;
    }

    static EOFException endedEarly(long received, long length) {
        return new EOFException("the client sent " + received + " of " + length + " bytes of the request body");
    }
}
