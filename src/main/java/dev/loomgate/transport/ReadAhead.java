package dev.loomgate.transport;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A read that a thread of its own does while the connection's thread waits for something else, to learn whether the client
 * goes away. A blocked read can't be called back without closing the channel, so it outlives the watch: what it brings is what
 * the connection reads next.
 */
final class ReadAhead {
    private static final Logger LOGGER = LoggerFactory.getLogger(ReadAhead.class);
    private static final int MOST = 512;

    // not a monitor: waiting in one holds a carrier before Java 24
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition finished = lock.newCondition();
    private final byte[] bytes = new byte[MOST];
    private Runnable onClosed;
    private boolean done;
    private int position;
    private int count;
    private IOException failure;

    private ReadAhead(Runnable onClosed) {
        this.onClosed = onClosed;
    }

    static ReadAhead start(ParkingChannel channel, Runnable onClosed) {
        var ahead = new ReadAhead(onClosed);
        Thread.ofVirtual().start(() -> ahead.run(channel));
        return ahead;
    }

    private void run(ParkingChannel channel) {
        int read = -1;
        IOException broken = null;
        try {
            read = channel.read(ByteBuffer.wrap(bytes));
        } catch (ClosedChannelException e) {
            read = -1;
        } catch (IOException e) {
            broken = e;
        }
        finish(read, broken);
    }

    private void finish(int read, IOException broken) {
        lock.lock();
        try {
            count = read;
            failure = broken;
            done = true;
            finished.signalAll();
            tellIfGone();
        } finally {
            lock.unlock();
        }
    }

    /** Runs the action if the client has gone: under the lock, so that whoever ends the watch knows it has run or never will. */
    private void tellIfGone() {
        Runnable action = onClosed;
        if (action != null && done && (count < 0 || failure != null)) {
            onClosed = null;
            try {
                action.run();
            } catch (RuntimeException e) {
                LOGGER.atError().setCause(e).log("what was to be done when the client goes failed");
            }
        }
    }

    /** Has a new watch told when the client goes; soon, if it already has. */
    void watch(Runnable action) {
        lock.lock();
        try {
            onClosed = action;
            if (done) {
                // not on the caller's thread: that is the sweep, for which all connections wait
                Thread.ofVirtual().start(this::tellNow);
            }
        } finally {
            lock.unlock();
        }
    }

    private void tellNow() {
        lock.lock();
        try {
            tellIfGone();
        } finally {
            lock.unlock();
        }
    }

    void forgetWatch() {
        lock.lock();
        try {
            onClosed = null;
        } finally {
            lock.unlock();
        }
    }

    /** Waits for the bytes and takes them as a read would; -1 at the end. */
    int take(byte[] into, int offset, int length) throws IOException {
        lock.lock();
        try {
            while (!done) {
                finished.awaitUninterruptibly();
            }
            if (failure != null) {
                throw failure;
            }
            if (count < 0) {
                return -1;
            }
            int taken = Math.min(length, count - position);
            System.arraycopy(bytes, position, into, offset, taken);
            position += taken;
            return taken;
        } finally {
            lock.unlock();
        }
    }

    /** Whether all that was read has been taken, so that the next read is the socket's own again. */
    boolean isDrained() {
        lock.lock();
        try {
            return done && count >= 0 && position == count;
        } finally {
            lock.unlock();
        }
    }
}
