package dev.loomgate.upstream;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * Those that wait for something, first come, first served, each for some time at most. Whoever gives something back tells; what
 * becomes free by the mere lapse of time is found by a look at the line, which somebody takes while there is one. Safe for use by
 * many threads.
 *
 * @param <T> what they wait for
 */
final class Line<T> {
    private static final int FEW = 64;

    private final int most;
    private final String awaited;
    private final ReentrantLock lock = new ReentrantLock();
    // guarded by lock; those that have left are here until it is their turn, or until they are many
    private final Deque<Waiter> waiters = new ArrayDeque<>();
    private final AtomicInteger count = new AtomicInteger();
    private final AtomicBoolean watched = new AtomicBoolean();

    /**
     * Nobody waits.
     *
     * @param most    how many may, 0 or more
     * @param awaited what they wait for, as messages call it
     */
    Line(int most, String awaited) {
        this.most = most;
        this.awaited = awaited;
    }

    /** How many wait. */
    int count() {
        return count.get();
    }

    /** Whether as many wait as may. */
    boolean isFull() {
        return count.get() >= most;
    }

    /**
     * Has the calling thread wait from now on; it is to {@link Waiter#await} then.
     *
     * @param limit  how long, in all
     * @param source gives what is waited for, or null if there is none; asked with a lock held, when it is this one's turn
     * @return null if there is none, and as many wait as may
     */
    Waiter join(Duration limit, Supplier<T> source) {
        var waiter = new Waiter(source, new Turn(limit));
        lock.lock();
        try {
            if (count.get() >= most) {
                waiter.granted = count.get() == 0 ? source.get() : null;
                return waiter.granted == null ? null : waiter;
            }
            count.incrementAndGet();
            waiters.add(waiter);
            // what became free before it was known that somebody waits
            grantInTurn();
            return waiter;
        } finally {
            lock.unlock();
        }
    }

    /** Something has become free, perhaps: gives it to those that wait, the first first. */
    void grant() {
        if (count.get() == 0) {
            return;
        }
        lock.lock();
        try {
            grantInTurn();
        } finally {
            lock.unlock();
        }
    }

    private void grantInTurn() {
        for (Waiter first = waiters.peekFirst(); first != null; first = waiters.peekFirst()) {
            if (!first.gone) {
                T granted = first.source.get();
                if (granted == null) {
                    return;
                }
                first.granted = granted;
                count.decrementAndGet();
                first.turn.wake();
            }
            waiters.pollFirst();
        }
    }

    /** Has the line looked at while there is one. */
    private void watch() {
        if (!watched.get() && watched.compareAndSet(false, true)) {
            Thread.ofVirtual().name("line-look").start(this::look);
        }
    }

    private void look() {
        try {
            do {
                Thread.sleep(Turn.LOOK);
                lookOnce();
            } while (count.get() > 0);
        } catch (InterruptedException e) {
            // nobody does that
            Thread.currentThread().interrupt();
        } finally {
            watched.set(false);
        }
        if (count.get() > 0) {
            // came meanwhile, and has perhaps seen this one
            watch();
        }
    }

    private void lookOnce() {
        lock.lock();
        try {
            grantInTurn();
            waiters.forEach(waiter -> waiter.turn.look());
        } finally {
            lock.unlock();
        }
    }

    /** One that waits. */
    final class Waiter {
        private final Supplier<T> source;
        private final Turn turn;
        private volatile T granted;
        // guarded by lock
        private boolean gone;

        private Waiter(Supplier<T> source, Turn turn) {
            this.source = source;
            this.turn = turn;
        }

        /** Who waits; is to be unparked to look at once whether it is still wanted. */
        Thread thread() {
            return turn.thread();
        }

        /**
         * Waits for its turn.
         *
         * @param unwanted whether to leave
         * @return what it has got; null if time is up, or it has left
         * @throws InterruptedException if the thread is interrupted meanwhile
         */
        T await(BooleanSupplier unwanted) throws InterruptedException {
            if (granted == null) {
                watch();
            }
            while (granted == null) {
                boolean interrupted = Thread.currentThread().isInterrupted();
                if ((interrupted || turn.isOver() || unwanted.getAsBoolean()) && leave()) {
                    if (interrupted && Thread.interrupted()) {
                        throw new InterruptedException("interrupted while waiting for " + awaited);
                    }
                    return null;
                }
                if (granted == null) {
                    turn.park();
                }
            }
            return granted;
        }

        /** Leaves the line; false if the turn has just come. */
        private boolean leave() {
            lock.lock();
            try {
                if (granted != null) {
                    return false;
                }
                gone = true;
                int left = count.decrementAndGet();
                if (waiters.peekFirst() == this) {
                    waiters.pollFirst();
                } else if (waiters.size() > FEW + 2 * left) {
                    waiters.removeIf(waiter -> waiter.gone);
                }
                return true;
            } finally {
                lock.unlock();
            }
        }
    }
}
