package dev.loomgate.guard;

import java.util.function.LongSupplier;

/**
 * Measures one thing of one connection against its limit, in windows of a second that begin with the first unit after the last
 * window. For one thread at a time.
 *
 * <p>A coarse clock tells when a window is over; where it would have to be slowed or punished, the exact one is asked first, as
 * the other may have stood still for long on a busy machine.
 *
 * <p>Between the two levels, each unit costs half the time that would keep the rate at the hard level: a client that goes on
 * as fast as it can still arrives there, and is found out; one that is a little too fast is slowed down. Without a hard level,
 * what is too much waits for as long as it takes at the soft rate.
 */
public final class RateMeter {
    /** {@link #take}: the hard level has been passed. */
    public static final long EXCEEDED = -1;

    private static final long WINDOW_MILLIS = 1_000;
    private static final long LONG_AGO = Long.MIN_VALUE / 2;
    private static final long WORTH_WAITING_NANOS = 5_000_000;
    private static final long NANOS_OF_SECOND = 1_000_000_000L;
    private static final long NANOS_OF_MILLI = 1_000_000;

    private final RateLimit limit;
    private final LongSupplier nanoTime;
    /** Exact, in milliseconds. */
    private long windowStart = LONG_AGO;
    private long count;
    private long owed;

    /** @param nanoTime the exact clock */
    RateMeter(RateLimit limit, LongSupplier nanoTime) {
        this.limit = limit;
        this.nanoTime = nanoTime;
    }

    private long exactly() {
        return nanoTime.getAsLong() / NANOS_OF_MILLI;
    }

    /** A meter for a limit, or null if that is no limit. */
    public static RateMeter of(RateLimit limit) {
        return limit.isOn() ? new RateMeter(limit, System::nanoTime) : null;
    }

    /**
     * Counts some units.
     *
     * @param now {@code System.nanoTime} in milliseconds, now or as long ago as a coarse clock likes
     * @return 0 to go on, {@link #EXCEEDED} to close, or a time to wait in nanoseconds
     */
    public long take(long units, long now) {
        if (now - windowStart >= WINDOW_MILLIS) {
            // once in a second at most
            windowStart = exactly();
            count = 0;
        }
        count += units;
        return isWithin() ? 0 : excess(units);
    }

    private boolean isWithin() {
        return count <= limit.soft() && count <= limit.hard();
    }

    private long excess(long units) {
        long now = exactly();
        if (now - windowStart >= WINDOW_MILLIS) {
            windowStart = now;
            count = units;
            if (isWithin()) {
                return 0;
            }
        }
        if (count > limit.hard()) {
            return EXCEEDED;
        }
        if (limit.hard() != RateLimit.NONE) {
            long above = Math.min(units, count - limit.soft());
            owed += (long) (above * (NANOS_OF_SECOND / 2.0) / limit.hard());
            return payable();
        }
        double seconds = (double) count / limit.soft() - (now - windowStart) / 1_000.0;
        return Math.max(1, (long) (Math.max(seconds, 0) * NANOS_OF_SECOND));
    }

    /** Short waits are saved up for one: waking up takes time as well. */
    private long payable() {
        if (owed < WORTH_WAITING_NANOS) {
            return 0;
        }
        long wait = owed;
        owed = 0;
        return wait;
    }

    /** Most units to take at once so that waiting for them does not take long. */
    public long portion() {
        return Math.max(1, Math.min(limit.soft(), limit.hard()) / 8);
    }
}
