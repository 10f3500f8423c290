package dev.loomgate.transport;

/**
 * Milliseconds since the clock was made, refreshed by whoever sweeps deadlines: reading it costs one plain load where
 * {@code System.nanoTime} would cost a call for every read and write. Safe for use by many threads.
 */
final class CoarseClock {
    private final long origin = System.nanoTime();
    private volatile long now;

    /** Time at the last refresh, in milliseconds. */
    long now() {
        return now;
    }

    /** Refreshes the clock and returns the time, in milliseconds. */
    long refresh() {
        long time = (System.nanoTime() - origin) / 1_000_000;
        now = time;
        return time;
    }
}
