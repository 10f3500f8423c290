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
    private final Runnable onAnswer;
    private final long opened = System.nanoTime();
    private volatile boolean answeredOnce;
    private volatile boolean written;
    private volatile boolean answered;
    private volatile boolean reused;
    private volatile long released;
    private volatile boolean broken;
    private volatile boolean limited;
    private volatile boolean expired;
    private volatile long deadline;

    /** @param onAnswer run when the first byte has come, by the thread that reads it */
    Connection(SocketChannel channel, Runnable onAnswer) {
        this.channel = channel;
        this.onAnswer = onAnswer;
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
                noteAnswer(n);
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
        noteAnswer(n);
        return n > 0;
    }

    /**
     * Reads what there is, waiting for the first byte if need be, without a buffer between.
     *
     * @return number of bytes, or -1 at the end
     * @throws IOException if the connection breaks, or is late ({@link #isExpired})
     */
    public int receive(byte[] bytes, int offset, int length) throws IOException {
        if (in.hasRemaining() || ended) {
            return read(bytes, offset, length);
        }
        try {
            int n = channel.read(ByteBuffer.wrap(bytes, offset, length));
            ended = n < 0;
            noteAnswer(n);
            return n;
        } catch (IOException e) {
            broken = true;
            throw e;
        }
    }

    /**
     * Limits the wait of the thread that reads or writes from now on. When it is over, a little later perhaps, the connection is
     * closed.
     *
     * @param limit above zero
     */
    public void limitWait(Duration limit) {
        deadline = System.nanoTime() + limit.toNanos();
        limited = true;
    }

    /** Lifts {@link #limitWait}. */
    public void unlimitWait() {
        limited = false;
    }

    /** Whether it was closed because a wait was over. */
    public boolean isExpired() {
        return expired;
    }

    /** Closes it if a wait is over. */
    void expire(long now) {
        if (limited && now - deadline >= 0) {
            expired = true;
            close();
        }
    }

    /** The other side has broken it off, or what it says makes no sense: another is opened for it. */
    public void noteBroken() {
        broken = true;
    }

    /** Whether it ended in another way than both sides had agreed upon. */
    boolean isBroken() {
        return broken;
    }

    /** So many bytes have come. */
    void noteAnswer(int n) {
        if (n > 0 && !answered) {
            answered = true;
            if (!answeredOnce) {
                answeredOnce = true;
                onAnswer.run();
            }
        }
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
        try {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
                written = true;
            }
        } catch (IOException e) {
            broken = true;
            throw e;
        }
    }

    /** Whether anything has been written since the connection was taken. */
    public boolean hasWritten() {
        return written;
    }

    /** Whether anything has come since the connection was taken. */
    public boolean isAnswered() {
        return answered;
    }

    /** Whether it has served a request before, so that the other side may have closed it meanwhile. */
    public boolean isReused() {
        return reused;
    }

    /** Whether it has ever brought an answer. */
    boolean hasServed() {
        return answeredOnce;
    }

    /** The request that it was taken for has been answered. */
    void release() {
        limited = false;
        released = System.nanoTime();
    }

    /** It is taken for another request. */
    void reuse() {
        reused = true;
        written = false;
        answered = false;
    }

    /** Since when it waits for a request, in the time of {@code System.nanoTime}. */
    long released() {
        return released;
    }

    /** Since when it is open. */
    long opened() {
        return opened;
    }

    /** Whether the other side has neither closed it nor said anything that nobody asked for. */
    boolean isQuiet() {
        if (ended || in.hasRemaining()) {
            return false;
        }
        try {
            // costs no system call on a virtual thread, for which Java has the socket in this mode anyway
            channel.configureBlocking(false);
            try {
                return channel.read(ByteBuffer.allocate(1)) == 0;
            } finally {
                channel.configureBlocking(true);
            }
        } catch (IOException e) {
            return false;
        }
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
