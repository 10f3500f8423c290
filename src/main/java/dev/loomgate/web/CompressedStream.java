package dev.loomgate.web;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import java.util.zip.CRC32;
import java.util.zip.Deflater;

/**
 * A response's body on its way, in gzip's format (RFC 1952) if it turns out to be worth it: what ends below the least size is
 * passed on as it is. A flush goes through to the client. For one thread.
 */
final class CompressedStream extends OutputStream {
    private static final byte[] HEADER = {0x1f, (byte) 0x8b, Deflater.DEFLATED, 0, 0, 0, 0, 0, 0, (byte) 0xff};
    private static final int TRAILER = 8;
    /** Bytes compressed at once: a millisecond or so, after which other virtual threads get their turn. */
    private static final int SLICE = 32 * 1024;
    private static final int OUT = 4 * 1024;

    private final OutputStream client;
    private final int least;
    private final int level;
    private final BooleanSupplier begins;
    private byte[] held = new byte[256];
    private int count;
    private boolean begun;
    private boolean plain;
    private boolean closed;
    private Deflater deflater;
    private byte[] out;
    private CRC32 checksum;

    /**
     * A stream that nothing has been written to.
     *
     * @param client where it goes
     * @param least  size in bytes from which on it is compressed
     * @param level  of compression
     * @param begins asked when the first bytes are to go out: sets the header, or answers false if it must stay as it is
     */
    CompressedStream(OutputStream client, int least, int level, BooleanSupplier begins) {
        this.client = client;
        this.least = least;
        this.level = level;
        this.begins = begins;
    }

    @Override
    public void write(int octet) throws IOException {
        write(new byte[] {(byte) octet}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, bytes.length);
        if (closed) {
            throw new IOException("the response's stream is closed");
        }
        if (!begun) {
            if (count + length < least) {
                hold(bytes, offset, length);
                return;
            }
            begin(true);
        }
        pass(bytes, offset, length);
    }

    private void hold(byte[] bytes, int offset, int length) {
        if (count + length > held.length) {
            held = Arrays.copyOf(held, Math.max(held.length * 2, count + length));
        }
        System.arraycopy(bytes, offset, held, count, length);
        count += length;
    }

    private void begin(boolean large) throws IOException {
        begun = true;
        plain = !large || !begins.getAsBoolean();
        if (!plain) {
            deflater = new Deflater(level, true);
            checksum = new CRC32();
            client.write(HEADER);
        }
        byte[] first = held;
        held = null;
        pass(first, 0, count);
    }

    private void pass(byte[] bytes, int offset, int length) throws IOException {
        if (plain) {
            client.write(bytes, offset, length);
            return;
        }
        for (int done = 0; done < length; done += SLICE) {
            int slice = Math.min(SLICE, length - done);
            checksum.update(bytes, offset + done, slice);
            deflater.setInput(bytes, offset + done, slice);
            drain(Deflater.NO_FLUSH);
            if (slice == SLICE) {
                Thread.yield();
            }
        }
    }

    private void drain(int flush) throws IOException {
        if (out == null) {
            out = new byte[OUT];
        }
        for (int made = deflater.deflate(out, 0, OUT, flush); made > 0; made = deflater.deflate(out, 0, OUT, flush)) {
            client.write(out, 0, made);
            if (made < OUT && flush != Deflater.NO_FLUSH) {
                // asked again, zlib would make another empty block
                break;
            }
        }
    }

    /** A handler that flushes wants the client to see what there is: it is the beginning of something long. */
    @Override
    public void flush() throws IOException {
        if (closed) {
            return;
        }
        if (!begun) {
            begin(true);
        }
        if (!plain) {
            drain(Deflater.SYNC_FLUSH);
            // it may be long until the next
            out = null;
        }
        client.flush();
    }

    @Override
    public void close() throws IOException {
        if (closed) {
            return;
        }
        closed = true;
        try {
            if (!begun) {
                begin(false);
            }
            if (!plain) {
                deflater.finish();
                drain(Deflater.NO_FLUSH);
                client.write(trailer());
            }
            client.close();
        } finally {
            if (deflater != null) {
                deflater.end();
            }
        }
    }

    private byte[] trailer() {
        byte[] trailer = new byte[TRAILER];
        putInt(trailer, 0, checksum.getValue());
        putInt(trailer, 4, deflater.getBytesRead());
        return trailer;
    }

    private static void putInt(byte[] to, int at, long value) {
        for (int i = 0; i < 4; i++) {
            to[at + i] = (byte) (value >>> 8 * i);
        }
    }
}
