package dev.loomgate.http1;

import java.io.OutputStream;
import java.util.Objects;

/** Bytes to the client as they are. For one thread at a time. */
final class RawStream extends OutputStream {
    private final ResponseOutput out;
    private long written;

    RawStream(ResponseOutput out) {
        this.out = out;
    }

    @Override
    public void write(int octet) {
        out.put((char) (octet & 0xff));
        written++;
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
        Objects.checkFromIndexSize(offset, length, bytes.length);
        out.put(bytes, offset, length);
        written += length;
    }

    @Override
    public void flush() {
        out.flush();
    }

    @Override
    public void close() {
        out.flush();
    }

    /** Bytes written so far. */
    long written() {
        return written;
    }
}
