package dev.loomgate.transport;

/**
 * A coarse clock and the deadlines that it gives: milliseconds since it was made, refreshed by whoever sweeps. Reading it
 * costs one plain load where {@code System.nanoTime} would cost a call for every read and write. Safe for use by many threads,
 * of which one refreshes it.
 *
 * <p>It tells for how long those who wait have really been seen to: where it was not refreshed for longer than for
 * {@link #MOST_OF_A_STEP}, as the process or the sweep had no processor, or the machine was suspended, the rest of that time does
 * not pass. What began meanwhile began by an old time, and would be late at once; and what a client has sent meanwhile nobody has
 * read. So no two times of it may be compared with those of another clock.
 */
final class Deadlines {
    /** By how much a refresh advances it at most, in milliseconds: more than two ticks of the sweep. */
    static final long MOST_OF_A_STEP = 250;

    private static final long MILLI = 1_000_000;

    private volatile long idleMillis;
    private volatile long writeMillis;
    private volatile long now;
    private volatile long refreshed;

    Deadlines(TransportLimits limits) {
        this(limits, System.nanoTime());
    }

    /** @param nanoTime when it is made */
    Deadlines(TransportLimits limits, long nanoTime) {
        this.refreshed = nanoTime / MILLI;
        limit(limits);
    }

    /** Sets other limits, for all waits that begin from now on. */
    void limit(TransportLimits limits) {
        idleMillis = limits.idle().toMillis();
        writeMillis = limits.write().toMillis();
    }

    /** Time at the last refresh, in milliseconds. */
    long now() {
        return now;
    }

    /** {@code System.nanoTime} at the last refresh, but in milliseconds: for rates, to which all time counts. */
    long time() {
        return refreshed;
    }

    /** Time in milliseconds for which a connection that now begins to wait for a request may wait. */
    long idleLimit() {
        return idleMillis;
    }

    /** Time until which a write that now begins must have made progress. */
    long write() {
        return now + writeMillis;
    }

    /** Time in milliseconds in which a write must make progress. */
    long writeLimit() {
        return writeMillis;
    }

    /** Refreshes the clock and returns the time, in milliseconds; for one thread. */
    long refresh() {
        return refresh(System.nanoTime());
    }

    /** @param nanoTime the time now */
    long refresh(long nanoTime) {
        long time = nanoTime / MILLI;
        long later = now + Math.min(time - refreshed, MOST_OF_A_STEP);
        refreshed = time;
        now = later;
        return later;
    }
}
