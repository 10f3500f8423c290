package dev.loomgate.upstream;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;

import dev.loomgate.poller.ParkedSocket;

/**
 * A connection to another program. One thread may read while another writes; closing it, which any thread may, wakes both. Small
 * reads go through a buffer, which is there only while it holds something.
 */
public final class Connection implements AutoCloseable {
    private static final int BUFFER = 8 * 1024;
    /** Where answers are short, less memory is touched. */
    private static final int SMALL_BUFFER = 1024;
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final ParkedSocket socket;
    private final SocketChannel channel;
    private ByteBuffer in = NOTHING;
    /** Size that the last answers asked for. */
    private int size = SMALL_BUFFER;
    private boolean ended;
    /** Whether the last read took all that had come, so that the next one has to wait, as a rule. */
    private boolean dry = true;
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
    Connection(ParkedSocket socket, Runnable onAnswer) {
        this.socket = socket;
        this.channel = socket.channel();
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
                return receiveNow(ByteBuffer.wrap(bytes, offset, length));
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
        await();
        return fillNow(true);
    }

    private boolean fillNow(boolean waits) throws IOException {
        ByteBuffer buffer = in.capacity() < size ? ByteBuffer.allocate(size) : in.clear();
        in = NOTHING;
        int n = waits ? receiveNow(buffer) : note(readNow(buffer), buffer);
        if (n > 0) {
            if (!buffer.hasRemaining()) {
                size = BUFFER;
            }
            in = buffer.flip();
        }
        return n > 0;
    }

    /**
     * Waits until there is something to read or the other side has closed, if there was nothing lately; holds no buffer meanwhile.
     */
    public void await() throws IOException {
        if (!in.hasRemaining() && !ended && dry) {
            in = NOTHING;
            awaitArrival();
        }
    }

    /**
     * Reads what there is, waiting for the first byte if need be, without a buffer between.
     *
     * @return number of bytes, or -1 at the end
     * @throws IOException if the connection breaks, or is late ({@link #isExpired})
     */
    public int receive(byte[] bytes, int offset, int length) throws IOException {
        return in.hasRemaining() || ended ? read(bytes, offset, length) : receiveNow(ByteBuffer.wrap(bytes, offset, length));
    }

    private int receiveNow(ByteBuffer into) throws IOException {
        if (dry) {
            awaitArrival();
        }
        int n = readNow(into);
        while (n == 0) {
            awaitArrival();
            n = readNow(into);
        }
        return note(n, into);
    }

    private void awaitArrival() throws IOException {
        try {
            socket.awaitReadable();
            dry = false;
        } catch (IOException e) {
            broken = true;
            throw e;
        }
    }

    private int readNow(ByteBuffer into) throws IOException {
        try {
            return channel.read(into);
        } catch (IOException e) {
            broken = true;
            throw e;
        }
    }

    private int note(int n, ByteBuffer into) {
        ended = n < 0;
        dry = into.hasRemaining();
        noteAnswer(n);
        return n;
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
     * Waits until there is something to read, the other side has closed, or time is up.
     *
     * @param patience how long; zero only looks
     * @return whether time is up: a read now would block
     */
    public boolean pauses(Duration patience) throws IOException {
        long until = System.nanoTime() + patience.toNanos();
        while (!in.hasRemaining() && !ended && !fillNow(false) && !ended) {
            Duration left = Duration.ofNanos(until - System.nanoTime());
            // what the poller says may be of what has been read already: then there is nothing yet
            if (!left.isPositive() || !socket.awaitReadable(left)) {
                return true;
            }
        }
        return false;
    }

    /** Writes all bytes of the buffer, waiting as need be. */
    public void write(ByteBuffer bytes) throws IOException {
        try {
            while (bytes.hasRemaining()) {
                if (channel.write(bytes) == 0) {
                    socket.awaitWritable();
                }
                written = true;
            }
        } catch (IOException e) {
            broken = true;
            throw e;
        }
    }

    /** Writes what can be written without waiting, and if nothing can, nothing: for a last word that may as well be lost. */
    public void tell(ByteBuffer bytes) {
        try {
            channel.write(bytes);
        } catch (IOException e) {
            // it has gone already
        }
    }

    /** Whether anything has been written since the connection was taken. */
    public boolean hasWritten() {
        return written;
    }

    /** Whether it is as it was when it was taken. */
    boolean isUnused() {
        return !written && !answered && !broken && channel.isOpen();
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

    /**
     * Whether the other side has neither closed it nor said anything that nobody asked for.
     *
     * @param surely whether that must be true at this moment, and not only a moment ago, which is known without asking the system
     */
    boolean isQuiet(boolean surely) {
        if (ended || in.hasRemaining()) {
            return false;
        }
        if (!surely && socket.isSilent()) {
            return true;
        }
        try {
            return channel.read(ByteBuffer.allocate(1)) == 0;
        } catch (IOException e) {
            return false;
        }
    }

    /**
     * Whether it is known that nothing has come since it was taken back, and that the other side has not closed: see
     * {@link ParkedSocket#isSilent}.
     */
    boolean isSilent() {
        return socket.isSilent();
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
            socket.close();
        } catch (IOException e) {
            // nothing more is wanted of it
        }
    }
}
