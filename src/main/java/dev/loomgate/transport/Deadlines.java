package dev.loomgate.transport;

/**
 * A coarse clock and the deadlines that it gives: milliseconds since it was made, refreshed by whoever sweeps. Reading it
 * costs one plain load where {@code System.nanoTime} would cost a call for every read and write. Safe for use by many threads.
 */
final class Deadlines {
    private final long origin = System.nanoTime();
    private volatile long idleMillis;
    private volatile long writeMillis;
    private volatile long now;

    Deadlines(TransportLimits limits) {
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

    /** Time until which a connection that now begins to wait for a request may wait. */
    long idle() {
        return now + idleMillis;
    }

    /** Time until which a write that now begins must have made progress. */
    long write() {
        return now + writeMillis;
    }

    /** Time in milliseconds in which a write must make progress. */
    long writeLimit() {
        return writeMillis;
    }

    /** Refreshes the clock and returns the time, in milliseconds. */
    long refresh() {
        long time = (System.nanoTime() - origin) / 1_000_000;
        now = time;
        return time;
    }
}
