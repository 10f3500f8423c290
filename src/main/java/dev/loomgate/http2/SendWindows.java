package dev.loomgate.http2;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

import dev.loomgate.transport.DeadlineException;

/**
 * How much the client takes (RFC 9113 section 5.2), of each stream and of all. A response that it does not take parks its own
 * thread, and no other. Safe for use by many threads.
 */
final class SendWindows {
    /** What a connection, and each stream, begins with (section 6.9.2). */
    static final int INITIAL = 65_535;
    private static final long LARGEST = Integer.MAX_VALUE;
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
    private static final long GRACE = TimeUnit.SECONDS.toNanos(5);
    private static final long MOMENT = TimeUnit.SECONDS.toNanos(1);

    private final ReentrantLock lock = new ReentrantLock();
    /**
     * Streams that have room of their own and wait for some of all, in the order in which they began to. Only the first is woken;
     * when it has taken what it wants, or gives up, it wakes the next if there is still some.
     */
    private final Set<Window> waiting = new LinkedHashSet<>();
    private final long limitNanos;
    private final long minRate;
    private final BooleanSupplier unread;
    private long all = INITIAL;
    private final Account ofAll = new Account();
    private long lastOpened = System.nanoTime();
    /** Whether some wait for room of all, and since when. */
    private boolean awaited;
    private long awaitedSince;
    private int initial = INITIAL;

    /**
     * @param limitMillis how long a client may keep a response waiting at a stretch
     * @param minRate     bytes a second that it must take on average, beyond that time; 0 for none
     * @param unread      whether something of the client's waits to be read, which may be that it takes more
     */
    SendWindows(long limitMillis, long minRate, BooleanSupplier unread) {
        this.limitNanos = TimeUnit.MILLISECONDS.toNanos(limitMillis);
        this.minRate = minRate;
        this.unread = unread;
    }

    /** What the client has taken, and the time that it has kept responses waiting for it. */
    private final class Account {
        private long taken;
        private long waitedNanos;

        /** How long it may still keep one waiting that has waited for so long in vain, in nanoseconds. */
        private long patience(long since, long now) {
            long atAStretch = limitNanos - (now - since);
            return minRate == 0 ? atAStretch
                    : Math.min(atAStretch, limitNanos + (long) ((double) taken / minRate * SECOND) - waitedNanos);
        }
    }

    /** The window of one stream. */
    final class Window {
        private final Condition opened = lock.newCondition();
        private final Account account = new Account();
        private long left;
        private boolean closed;
        /** Until when the client is waited for though it is late, once it has been found to be; 0 before. */
        private long grace;

        private Window(int left) {
            this.left = left;
        }
    }

    /** A window for a new stream. */
    Window open() {
        lock.lock();
        try {
            return new Window(initial);
        } finally {
            lock.unlock();
        }
    }

    /** Takes so many bytes if there is room for all; returns whether there was. */
    boolean takeNow(Window window, int count) {
        lock.lock();
        try {
            if (count > Math.min(window.left, all)) {
                return false;
            }
            subtract(window, count);
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Takes room for some bytes if there is any, and nobody waits for it; returns for how many, 0 to {@code most}. */
    int takeSome(Window window, int most) {
        lock.lock();
        try {
            return window.closed || !waiting.isEmpty() ? 0 : takePortion(window, most);
        } finally {
            lock.unlock();
        }
    }

    private int takePortion(Window window, int most) {
        long room = Math.max(0, Math.min(window.left, all));
        int count = (int) Math.min(most, room);
        if (count > Frame.PIECE) {
            // whole frames, and a quarter of what there is for all streams, so that others come to their turn
            count = (int) Math.min(count, Math.max(Frame.PIECE, all / 4));
            count = count == most ? most : count - count % Frame.PIECE;
        }
        subtract(window, count);
        return count;
    }

    private void subtract(Window window, int count) {
        window.left -= count;
        window.account.taken += count;
        all -= count;
        ofAll.taken += count;
    }

    /**
     * Waits until there is room for some bytes, and takes it.
     *
     * @param most bytes wanted, 1 or more
     * @return number of bytes that may be sent, 1 or more; 0 if the stream was closed
     * @throws DeadlineException if the client did not take any for as long as it may
     */
    int take(Window window, int most) throws IOException {
        lock.lock();
        try {
            long begun = System.nanoTime();
            while (!window.closed && !isItsTurn(window)) {
                await(window, begun);
            }
            return window.closed ? 0 : takePortion(window, most);
        } finally {
            if (!waiting.isEmpty()) {
                waiting.remove(window);
                settle();
                wakeNext();
            }
            lock.unlock();
        }
    }

    private boolean isItsTurn(Window window) {
        return Math.min(window.left, all) > 0 && (waiting.isEmpty() || waiting.iterator().next() == window);
    }

    private void wakeNext() {
        if (all > 0 && !waiting.isEmpty()) {
            waiting.iterator().next().opened.signal();
        }
    }

    private void await(Window window, long begun) throws IOException {
        if (window.left > 0) {
            // others have taken what there was for all: then it is for the client to go on with any
            waiting.add(window);
            settle();
            await(window, ofAll.patience(Math.max(begun, lastOpened), System.nanoTime()), null);
        } else {
            // whoever opens it will wake it; others come first meanwhile
            waiting.remove(window);
            settle();
            wakeNext();
            await(window, window.account.patience(begun, System.nanoTime()), window.account);
        }
    }

    private void await(Window window, long patience, Account account) throws IOException {
        long begun = System.nanoTime();
        long nanos = patience > 0 ? patience : forgiven(window, begun);
        if (nanos <= 0) {
            throw new DeadlineException("the client did not read in time");
        }
        try {
            window.opened.awaitNanos(nanos);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while the client did not read");
        } finally {
            if (account != null) {
                account.waitedNanos += System.nanoTime() - begun;
            }
        }
    }

    /**
     * How long a client that is late is still waited for: it may be this process that is late, which stood still for longer than the
     * client may, has not come to read, or is just reading. Once for each stream, or a client could have it for ever by sending what
     * means nothing.
     */
    private long forgiven(Window window, long now) {
        if (window.grace == 0) {
            window.grace = now + (unread.getAsBoolean() ? GRACE : MOMENT);
        }
        return window.grace - now;
    }

    /** Adds the time up to now for which the client has kept streams waiting that share what there is for all. */
    private void settle() {
        long now = System.nanoTime();
        if (awaited) {
            ofAll.waitedNanos += now - awaitedSince;
        }
        awaited = all <= 0 && !waiting.isEmpty();
        awaitedSince = now;
    }

    /** Gives back what was taken for a stream that was closed before it could be sent: the client will never allow it again. */
    void giveBack(int count) {
        lock.lock();
        try {
            all += count;
            ofAll.taken -= count;
            settle();
            wakeNext();
        } finally {
            lock.unlock();
        }
    }

    /** Lets a stream's thread go on, which will send nothing more. */
    void close(Window window) {
        lock.lock();
        try {
            window.closed = true;
            window.opened.signal();
        } finally {
            lock.unlock();
        }
    }

    /** The client takes more of a stream; returns false if that is more than there can be (section 6.9.1). */
    boolean extend(Window window, int increment) {
        lock.lock();
        try {
            window.left += increment;
            window.opened.signal();
            return window.left <= LARGEST;
        } finally {
            lock.unlock();
        }
    }

    /** The client takes more of all; returns false if that is more than there can be. */
    boolean extendAll(int increment) {
        lock.lock();
        try {
            all += increment;
            lastOpened = System.nanoTime();
            settle();
            wakeNext();
            return all <= LARGEST;
        } finally {
            lock.unlock();
        }
    }

    /**
     * The client has changed what a stream begins with, which changes all that there are (section 6.9.2).
     *
     * @return false if one of them is larger than it can be
     */
    boolean changeInitial(int size, Iterable<Window> open) {
        lock.lock();
        try {
            boolean possible = true;
            int change = size - initial;
            initial = size;
            for (Window window : open) {
                window.left += change;
                possible &= window.left <= LARGEST;
                window.opened.signal();
            }
            return possible;
        } finally {
            lock.unlock();
        }
    }
}
