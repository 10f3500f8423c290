package dev.loomgate.http2;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

import dev.loomgate.transport.DeadlineException;
import io.helidon.http.Headers;

/**
 * One stream (RFC 9113 section 5): what has come of its request's body and waits for the handler, and whether it still is.
 * The connection's thread puts in, the request's thread takes out; it may be closed by any.
 */
final class Http2Stream {
    /** No length of the body was announced. */
    static final long UNKNOWN = -1;
    private static final int FIRST_ROOM = 1024;

    /** Some of the body, from the array's first byte on. */
    record Piece(byte[] bytes, int length) {
    }

    private final int id;
    private final Streams streams;
    private final SendWindows.Window sendWindow;
    private final ReceiveWindow receiveWindow;
    // not a monitor: waiting in one holds a carrier before Java 24
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition came = lock.newCondition();
    private byte[] inbox;
    private int inboxLength;
    private long announced = UNKNOWN;
    private long received;
    private boolean ended;
    private boolean unwanted;
    private boolean read;
    private Headers trailers;
    private IOException closed;
    /** Length of a piece that was awaited and is not {@linkplain #pieceTaken taken} yet. */
    private int held;
    private volatile boolean endedHere;
    /** For the request's thread. */
    private long gaveWayNanos;
    private final GoneWatch watch = new GoneWatch();

    Http2Stream(int id, Streams streams, SendWindows.Window sendWindow, ReceiveWindow receiveWindow) {
        this.receiveWindow = receiveWindow;
        this.id = id;
        this.streams = streams;
        this.sendWindow = sendWindow;
    }

    int id() {
        return id;
    }

    SendWindows.Window sendWindow() {
        return sendWindow;
    }

    ReceiveWindow receiveWindow() {
        return receiveWindow;
    }

    /** Length of the body that the header has announced. */
    void announce(long length) {
        announced = length;
    }

    /** Whether the client has sent all. */
    boolean hasEnded() {
        lock.lock();
        try {
            return ended;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Puts a piece of the body in.
     *
     * @return false if nobody wants it any more
     * @throws StreamError if it is more than was announced (section 8.1.1)
     */
    boolean put(byte[] bytes, int offset, int count) throws StreamError {
        lock.lock();
        try {
            received += count;
            if (announced != UNKNOWN && received > announced) {
                throw new StreamError(ErrorCode.PROTOCOL_ERROR, "a body is longer than its Content-Length");
            }
            if (closed != null || unwanted) {
                return false;
            }
            int needed = inboxLength + count;
            if (inbox == null) {
                inbox = new byte[Math.max(count, FIRST_ROOM)];
            } else if (needed > inbox.length) {
                inbox = Arrays.copyOf(inbox, Math.max(needed, Math.min(inbox.length * 2, Streams.READ_WINDOW)));
            }
            System.arraycopy(bytes, offset, inbox, inboxLength, count);
            inboxLength = needed;
            came.signal();
            return true;
        } finally {
            lock.unlock();
        }
    }

    /**
     * The client has sent all.
     *
     * @param fields that came behind the body; null if none did
     * @throws StreamError if the body is shorter than was announced (section 8.1.1)
     */
    void end(Headers fields) throws StreamError {
        lock.lock();
        try {
            if (announced != UNKNOWN && received != announced) {
                throw new StreamError(ErrorCode.PROTOCOL_ERROR, "a body is shorter than its Content-Length");
            }
            trailers = fields;
            ended = true;
            came.signal();
        } finally {
            lock.unlock();
        }
        if (endedHere) {
            streams.leave(this);
        }
    }

    /**
     * Waits until some of the body is there, or its end.
     *
     * @return all that has come and was not taken yet; null at the end
     * @throws DeadlineException if none came in time
     * @throws IOException       if the stream was closed
     */
    Piece await(long millis) throws IOException {
        lock.lock();
        try {
            long left = TimeUnit.MILLISECONDS.toNanos(millis);
            while (inboxLength == 0 && !ended) {
                if (closed != null) {
                    throw closed();
                }
                if (left <= 0) {
                    throw new DeadlineException("the client did not send in time");
                }
                left = came.awaitNanos(left);
            }
            if (inboxLength == 0) {
                return null;
            }
            var piece = new Piece(inbox, inboxLength);
            held = inboxLength;
            inbox = null;
            inboxLength = 0;
            return piece;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while the body did not come");
        } finally {
            lock.unlock();
        }
    }

    /** Its handler has begun to read. */
    void beginToRead() {
        lock.lock();
        try {
            read = true;
        } finally {
            lock.unlock();
        }
    }

    /** Whether its handler reads, and has not fallen behind. */
    boolean isRead() {
        lock.lock();
        try {
            return read && inboxLength < Streams.STREAM_WINDOW;
        } finally {
            lock.unlock();
        }
    }

    /** The fields behind the body; null if there are none, or before its end. */
    Headers trailers() {
        lock.lock();
        try {
            return trailers;
        } finally {
            lock.unlock();
        }
    }

    /** The piece that was awaited last has found a reader, who has the client send more. */
    void pieceTaken() {
        lock.lock();
        try {
            held = 0;
        } finally {
            lock.unlock();
        }
    }

    /** Lets what has come of the body, and what still comes, fall; returns the number of bytes that had. */
    int discard() {
        lock.lock();
        try {
            unwanted = true;
            int count = inboxLength + held;
            inbox = null;
            inboxLength = 0;
            held = 0;
            return count;
        } finally {
            lock.unlock();
        }
    }

    /** @throws IOException if nothing may be sent any more */
    void requireOpen() throws IOException {
        lock.lock();
        try {
            if (closed != null) {
                throw closed();
            }
        } finally {
            lock.unlock();
        }
    }

    private IOException closed() {
        // another each time, which tells of the thread that meets it
        return new IOException(closed.getMessage());
    }

    /** The response ends with the frame that is written next: from then on the client may have another stream for it. */
    void endsHere() {
        endedHere = true;
        if (hasEnded()) {
            streams.leave(this);
        }
    }

    /** The request's thread has let others go first, for so many nanoseconds. */
    void gaveWay(long nanos) {
        gaveWayNanos = nanos;
    }

    /** For how long the request's thread let others go first, in nanoseconds. */
    long gaveWayNanos() {
        return gaveWayNanos;
    }

    /** Whether the last frame of the response has been written. */
    boolean hasEndedHere() {
        return endedHere;
    }

    /**
     * Ends it before its time, because of the client: whoever reads, writes or watches learns of it.
     *
     * @return whether it had not been closed before
     */
    boolean close(IOException why) {
        lock.lock();
        try {
            if (closed != null) {
                return false;
            }
            closed = why;
            came.signal();
        } finally {
            lock.unlock();
        }
        streams.windows().close(sendWindow);
        watch.clientWent();
        return true;
    }

    /** Tells when the client goes. */
    GoneWatch watch() {
        return watch;
    }
}
