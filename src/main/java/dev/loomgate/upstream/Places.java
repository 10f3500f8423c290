package dev.loomgate.upstream;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Places for requests that a program works on at once: so many, and a queue of so many that wait for one, first come, first
 * served. Safe for use by many threads.
 */
public final class Places {
    private static final Logger LOGGER = LoggerFactory.getLogger(Places.class);
    private static final Duration WARNING_INTERVAL = Duration.ofSeconds(5);

    private final Limits limits;
    /** Fewer than none while more are taken than there are by now. */
    private final AtomicInteger free;
    private final ReentrantLock lock = new ReentrantLock();
    // guarded by lock
    private final Deque<Waiter> waiters = new ArrayDeque<>();
    private volatile int most;
    private final AtomicInteger queued = new AtomicInteger();
    private final AtomicBoolean watched = new AtomicBoolean();
    private final AtomicLong refused = new AtomicLong();
    private final AtomicLong lastWarning = new AtomicLong(System.nanoTime() - WARNING_INTERVAL.toNanos());

    /**
     * How many.
     *
     * @param most         requests that are worked on at once, 1 or more
     * @param maxQueue     requests that may wait for a place, 0 or more
     * @param queueTimeout how long one may wait, above zero
     * @param whoEnds      what has to end for a place to become free, as messages call it: a script
     * @param remedy       what may be done if there are too few, for the log
     */
    public record Limits(int most, int maxQueue, Duration queueTimeout, String whoEnds, String remedy) {
        /**
         * Checks every part.
         *
         * @throws IllegalArgumentException naming the part and the value that is wrong
         */
        public Limits {
            if (most < 1 || maxQueue < 0 || !queueTimeout.isPositive()) {
                throw new IllegalArgumentException("most is " + most + ", maxQueue " + maxQueue + ", queueTimeout "
                        + queueTimeout + "; they must be 1 or more, 0 or more, and longer than zero");
            }
        }
    }

    /** All places free. */
    public Places(Limits limits) {
        this.limits = limits;
        this.free = new AtomicInteger(limits.most());
        this.most = limits.most();
    }

    /** A request in the queue. */
    private static final class Waiter {
        private final Turn turn;
        private volatile boolean granted;

        private Waiter(Turn turn) {
            this.turn = turn;
        }
    }

    /** Makes it fewer places, if it is more than so many; those that are taken stay taken. */
    public void limitTo(int fewer) {
        lock.lock();
        try {
            if (fewer < most) {
                free.addAndGet(fewer - most);
                most = fewer;
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * Fails if {@link #acquire} would at once: asked before a request's body is received, which would be for nothing.
     *
     * @throws UnavailableException if too many wait already
     */
    public void requireRoom() throws UnavailableException {
        if (free.get() <= 0 && queued.get() >= limits.maxQueue()) {
            throw full();
        }
    }

    /**
     * Takes a place, waiting for one if need be.
     *
     * @throws UnavailableException if too many wait already, or none became free in time
     * @throws InterruptedException if the thread is interrupted meanwhile
     */
    public void acquire() throws UnavailableException, InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException("interrupted before it could wait for " + limits.whoEnds() + " to end");
        }
        if (queued.get() == 0 && takeOne()) {
            return;
        }
        Waiter waiter = join();
        if (!waiter.granted) {
            await(waiter);
        }
    }

    private Waiter join() throws UnavailableException {
        var waiter = new Waiter(new Turn(limits.queueTimeout()));
        lock.lock();
        try {
            if (waiters.isEmpty() && takeOne()) {
                waiter.granted = true;
                return waiter;
            }
            if (waiters.size() >= limits.maxQueue()) {
                throw full();
            }
            waiters.add(waiter);
            int waiting = queued.incrementAndGet();
            LOGGER.debug("{} requests wait for {} to end", waiting, limits.whoEnds());
            // what became free before it was known that somebody waits
            grant();
            return waiter;
        } finally {
            lock.unlock();
        }
    }

    private boolean takeOne() {
        for (int now = free.get(); now > 0; now = free.get()) {
            if (free.compareAndSet(now, now - 1)) {
                return true;
            }
        }
        return false;
    }

    private void await(Waiter waiter) throws UnavailableException, InterruptedException {
        watch();
        while (!waiter.granted) {
            boolean interrupted = Thread.currentThread().isInterrupted();
            if ((interrupted || waiter.turn.isOver()) && giveUp(waiter)) {
                if (interrupted && Thread.interrupted()) {
                    throw new InterruptedException("interrupted while waiting for " + limits.whoEnds() + " to end");
                }
                throw refused("waited " + limits.queueTimeout() + " for " + limits.whoEnds() + " to end");
            }
            if (!waiter.granted) {
                waiter.turn.park();
            }
        }
    }

    /** Leaves the queue; false if the turn has just come. */
    private boolean giveUp(Waiter waiter) {
        lock.lock();
        try {
            if (waiter.granted) {
                return false;
            }
            waiters.remove(waiter);
            queued.decrementAndGet();
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Gives those that wait what is free, the first first. */
    private void grant() {
        while (!waiters.isEmpty() && takeOne()) {
            Waiter first = waiters.poll();
            first.granted = true;
            queued.decrementAndGet();
            first.turn.wake();
        }
    }

    private void grantNow() {
        lock.lock();
        try {
            grant();
        } finally {
            lock.unlock();
        }
    }

    /** Has those looked at that wait, while there are some. */
    private void watch() {
        if (!watched.get() && watched.compareAndSet(false, true)) {
            Thread.ofVirtual().name("places-look").start(this::look);
        }
    }

    private void look() {
        try {
            do {
                Thread.sleep(Turn.LOOK);
                lookOnce();
            } while (queued.get() > 0);
        } catch (InterruptedException e) {
            // nobody does that
            Thread.currentThread().interrupt();
        } finally {
            watched.set(false);
        }
        if (queued.get() > 0) {
            // came meanwhile, and has perhaps seen this one
            watch();
        }
    }

    private void lookOnce() {
        lock.lock();
        try {
            waiters.forEach(waiter -> waiter.turn.look());
        } finally {
            lock.unlock();
        }
    }

    /** Gives a place back. */
    public void release() {
        free.incrementAndGet();
        if (queued.get() > 0) {
            grantNow();
        }
    }

    /** How many there are. */
    public int count() {
        return most;
    }

    /** How many are taken. */
    public int taken() {
        return Math.max(0, most - free.get());
    }

    /** How many requests wait for one. */
    public int waiting() {
        return queued.get();
    }

    /** How many requests did not get one, since the start. */
    public long refusedCount() {
        return refused.get();
    }

    private UnavailableException full() {
        return refused(limits.maxQueue() + " requests already wait for " + limits.whoEnds() + " to end");
    }

    /** By the time that it says, the queue of this moment has been served or has given up. */
    private UnavailableException refused(String reason) {
        long refusals = refused.incrementAndGet();
        long now = System.nanoTime();
        long last = lastWarning.get();
        if (now - last >= WARNING_INTERVAL.toNanos() && lastWarning.compareAndSet(last, now)) {
            LOGGER.atWarn().addKeyValue("refused", refusals).addKeyValue("queued", queued.get())
                    .log("requests are refused: {}", reason);
        }
        return new UnavailableException(reason + "; " + limits.remedy(), Optional.of(limits.queueTimeout()), null);
    }
}
