package dev.loomgate.upstream;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

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
    private final Line<Boolean> line;
    private volatile int most;
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
        this.line = new Line<>(limits.maxQueue(), limits.whoEnds() + " to end");
        this.most = limits.most();
    }

    /** Makes it fewer places, if it is more than so many; those that are taken stay taken. */
    public synchronized void limitTo(int fewer) {
        if (fewer < most) {
            free.addAndGet(fewer - most);
            most = fewer;
        }
    }

    /**
     * Fails if {@link #acquire} would at once: asked before a request's body is received, which would be for nothing.
     *
     * @throws UnavailableException if too many wait already
     */
    public void requireRoom() throws UnavailableException {
        if (free.get() <= 0 && line.isFull()) {
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
        if (line.count() == 0 && takeOne()) {
            return;
        }
        Line<Boolean>.Waiter waiter = line.join(limits.queueTimeout(), () -> takeOne() ? Boolean.TRUE : null);
        if (waiter == null) {
            throw full();
        }
        int waiting = line.count();
        if (waiting > 0) {
            LOGGER.debug("{} requests wait for {} to end", waiting, limits.whoEnds());
        }
        if (waiter.await(() -> false) == null) {
            throw refused("waited " + limits.queueTimeout() + " for " + limits.whoEnds() + " to end");
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

    /** Gives a place back. */
    public void release() {
        free.incrementAndGet();
        line.grant();
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
        return line.count();
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
            LOGGER.atWarn().addKeyValue("refused", refusals).addKeyValue("queued", line.count())
                    .log("requests are refused: {}", reason);
        }
        return new UnavailableException(reason + "; " + limits.remedy(), Optional.of(limits.queueTimeout()), null);
    }
}
