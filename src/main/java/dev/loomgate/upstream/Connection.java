package dev.loomgate.upstream;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;

/**
 * A connection to another program. One thread may read while another writes; closing it, which any thread may, wakes both. Reads
 * go through a buffer, which is there from the first read on.
 */
public final class Connection implements AutoCloseable {
    private static final int BUFFER = 8 * 1024;
    private static final long SHORTEST_NAP = 50_000;

    private final SocketChannel channel;
    private ByteBuffer in = ByteBuffer.allocate(0);
    private boolean ended;
    private volatile boolean written;

    Connection(SocketChannel channel) {
        this.channel = channel;
    }

    /**
     * Reads what there is, waiting for the first byte if need be.
     *
     * @return number of bytes, or -1 at the end
     */
    public int read(byte[] bytes, int offset, int length) throws IOException {
        if (!in.hasRemaining()) {
            if (ended) {
                return -1;
            }
            if (length >= BUFFER) {
                int n = channel.read(ByteBuffer.wrap(bytes, offset, length));
                ended = n < 0;
                return n;
            }
            if (!fill()) {
                return -1;
            }
        }
        int n = Math.min(length, in.remaining());
        in.get(bytes, offset, n);
        return n;
    }

    private boolean fill() throws IOException {
        if (in.capacity() == 0) {
            in = ByteBuffer.allocate(BUFFER);
        }
        in.clear();
        int n = 0;
        try {
            n = channel.read(in);
        } finally {
            in.flip();
        }
        ended = n < 0;
        return n > 0;
    }

    /**
     * Waits until there is something to read, the other side has closed, or time is up. Must not be called while another thread
     * writes.
     *
     * @param patience how long; zero only looks
     * @return whether time is up: a read now would block
     */
    public boolean pauses(Duration patience) throws IOException {
        if (!isEmptyNow()) {
            return false;
        }
        // Java can't wait for a Unix-domain socket with a time limit: looks again after a while, a few times
        long deadline = System.nanoTime() + patience.toNanos();
        long nap = SHORTEST_NAP;
        while (true) {
            long left = deadline - System.nanoTime();
            if (left <= 0) {
                return true;
            }
            try {
                Thread.sleep(0, (int) Math.min(Math.min(nap, left), 999_999));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return true;
            }
            if (!isEmptyNow()) {
                return false;
            }
            nap *= 2;
        }
    }

    private boolean isEmptyNow() throws IOException {
        if (in.hasRemaining() || ended) {
            return false;
        }
        // costs no system call on a virtual thread, for which Java has the socket in this mode anyway
        channel.configureBlocking(false);
        try {
            return !fill() && !ended;
        } finally {
            channel.configureBlocking(true);
        }
    }

    /** Writes all bytes of the buffer, waiting as need be. */
    public void write(ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
            written = true;
        }
    }

    /** Whether anything has been written since the connection was taken. */
    public boolean hasWritten() {
        return written;
    }

    /**
     * The address of the other side.
     *
     * @throws UncheckedIOException if the connection has been closed
     */
    public SocketAddress remoteAddress() {
        try {
            return channel.getRemoteAddress();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Whether this side has not closed it. */
    public boolean isOpen() {
        return channel.isOpen();
    }

    /** Tells the other side that nothing more comes, and goes on reading. */
    public void shutdownOutput() throws IOException {
        channel.shutdownOutput();
    }

    /** Closes it; what waits in it fails. Any number of times. */
    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            // nothing more is wanted of it
        }
    }
}
