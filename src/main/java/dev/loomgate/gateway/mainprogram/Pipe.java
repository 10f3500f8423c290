package dev.loomgate.gateway.mainprogram;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.Arrays;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Bytes on their way from threads that write to one that reads, 16 KiB of them at most: a writer waits for room. Like a pipe of
 * the operating system, but who waits is parked, and an empty one holds no memory.
 */
final class Pipe {
    private static final byte[] NOTHING = new byte[0];
    private static final int FIRST = 512;
    private static final int MOST = 16 * 1024;
    /** So much is worth being read at once, without waiting for more. */
    private static final int PIECE = 8 * 1024;
    /** How long, in nanoseconds, what was written may wait for more: programs write line by line, or less. */
    private static final long LINGER = 1_000_000;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition come = lock.newCondition();
    private final Condition gone = lock.newCondition();
    private byte[] bytes = NOTHING;
    private int start;
    private int end;
    private boolean ended;
    private boolean closed;
    private boolean written;
    /** With how many bytes the reader is woken. */
    private int wanted = 1;
    private IOException failure;

    // ---- who writes

    /** Writes; waits for room, whatever interrupts the thread. What comes after the end, or for a reader that has gone, is lost. */
    void write(byte[] from, int offset, int count) {
        int position = offset;
        int left = count;
        lock.lock();
        try {
            while (left > 0 && !ended && !closed) {
                int room = Math.min(left, room(left));
                if (room == 0) {
                    gone.awaitUninterruptibly();
                    continue;
                }
                System.arraycopy(from, position, bytes, end, room);
                end += room;
                position += room;
                left -= room;
                written = true;
                if (end - start >= wanted) {
                    come.signal();
                }
            }
        } finally {
            lock.unlock();
        }
    }

    /** Makes room for some of so many bytes and says for how many. */
    private int room(int wanted) {
        if (start == end) {
            start = 0;
            end = 0;
        } else if (start > 0 && bytes.length - end < wanted) {
            System.arraycopy(bytes, start, bytes, 0, end - start);
            end -= start;
            start = 0;
        }
        if (bytes.length - end < wanted && bytes.length < MOST) {
            int size = Math.max(FIRST, Integer.highestOneBit(Math.min(MOST, end + wanted) - 1) << 1);
            bytes = Arrays.copyOf(bytes, Math.clamp(size, bytes.length, MOST));
        }
        return bytes.length - end;
    }

    /** The reader finds the end behind what was written; who waits for room stops waiting. */
    void end() {
        lock.lock();
        try {
            ended = true;
            come.signal();
            gone.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** The reader finds a failure, at once; the first counts. Not after the end. */
    void fail(IOException reason) {
        lock.lock();
        try {
            if (!ended) {
                failure = reason;
                ended = true;
                come.signal();
                gone.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Whether anything was ever written. */
    boolean isWritten() {
        lock.lock();
        try {
            return written;
        } finally {
            lock.unlock();
        }
    }

    // ---- who reads

    /**
     * Reads what there is, waiting for the first byte, and for a moment for those that follow it closely.
     *
     * @return number of bytes, or -1 at the end
     * @throws InterruptedIOException if the thread is interrupted
     * @throws IOException            what {@link #fail} was told
     */
    int read(byte[] to, int offset, int count) throws IOException {
        lock.lock();
        try {
            awaitFirst();
            linger();
            if (failure != null) {
                throw failure;
            }
            if (start == end) {
                return -1;
            }
            int n = Math.min(count, end - start);
            System.arraycopy(bytes, start, to, offset, n);
            start += n;
            if (start == end) {
                release();
            }
            gone.signalAll();
            return n;
        } catch (InterruptedException e) {
            throw interrupted();
        } finally {
            lock.unlock();
        }
    }

    private void awaitFirst() throws InterruptedException {
        while (start == end && !ended && !closed) {
            come.await();
        }
    }

    private void linger() throws InterruptedException {
        long left = LINGER;
        wanted = PIECE;
        try {
            while (end - start < PIECE && !ended && !closed && left > 0) {
                left = come.awaitNanos(left);
            }
        } finally {
            wanted = 1;
        }
    }

    private void release() {
        start = 0;
        end = 0;
        if (bytes.length > FIRST) {
            // what pauses now may pause for long
            bytes = NOTHING;
        }
    }

    /** Waits until there is something to read, or the end. */
    void await() throws IOException {
        lock.lock();
        try {
            awaitFirst();
        } catch (InterruptedException e) {
            throw interrupted();
        } finally {
            lock.unlock();
        }
    }

    private static InterruptedIOException interrupted() {
        Thread.currentThread().interrupt();
        return new InterruptedIOException("interrupted");
    }

    /**
     * Waits until there is something to read, or the end, or time is up.
     *
     * @return whether there is; false if time is up
     */
    boolean await(long nanos) throws IOException {
        lock.lock();
        try {
            long left = nanos;
            while (start == end && !ended && left > 0) {
                left = come.awaitNanos(left);
            }
            return start < end || ended;
        } catch (InterruptedException e) {
            throw interrupted();
        } finally {
            lock.unlock();
        }
    }

    /** Nobody reads any more: what is written from now on is lost. */
    void close() {
        lock.lock();
        try {
            closed = true;
            bytes = NOTHING;
            start = 0;
            end = 0;
            come.signal();
            gone.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Whether nobody reads any more. */
    boolean isClosed() {
        lock.lock();
        try {
            return closed;
        } finally {
            lock.unlock();
        }
    }

    /** What comes out of it. */
    InputStream stream() {
        return new InputStream() {
            @Override
            public int read() throws IOException {
                byte[] single = new byte[1];
                return read(single, 0, 1) < 0 ? -1 : single[0] & 0xFF;
            }

            @Override
            public int read(byte[] to, int offset, int count) throws IOException {
                return count == 0 ? 0 : Pipe.this.read(to, offset, count);
            }

            @Override
            public int available() {
                lock.lock();
                try {
                    return end - start;
                } finally {
                    lock.unlock();
                }
            }

            @Override
            public void close() {
                Pipe.this.close();
            }
        };
    }
}
