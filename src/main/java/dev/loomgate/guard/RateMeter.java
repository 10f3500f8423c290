package dev.loomgate.guard;

/**
 * Measures one thing of one connection against its limit, in windows of a second that begin with the first unit after the last
 * window. For one thread at a time.
 *
 * <p>Between the two levels, each unit costs half the time that would keep the rate at the hard level: a client that goes on
 * as fast as it can still arrives there, and is found out; one that is a little too fast is slowed down. Without a hard level,
 * what is too much waits for as long as it takes at the soft rate.
 */
public final class RateMeter {
    /** {@link #take}: the hard level has been passed. */
    public static final long EXCEEDED = -1;

    private static final long WINDOW_MILLIS = 1_000;
    private static final long WORTH_WAITING_NANOS = 5_000_000;
    private static final long NANOS_OF_SECOND = 1_000_000_000L;

    private final RateLimit limit;
    private long windowStart = -WINDOW_MILLIS;
    private long count;
    private long owed;

    private RateMeter(RateLimit limit) {
        this.limit = limit;
    }

    /** A meter for a limit, or null if that is no limit. */
    public static RateMeter of(RateLimit limit) {
        return limit.isOn() ? new RateMeter(limit) : null;
    }

    /**
     * Counts some units.
     *
     * @param now time of a clock in milliseconds, that may be coarse
     * @return 0 to go on, {@link #EXCEEDED} to close, or a time to wait in nanoseconds
     */
    public long take(long units, long now) {
        if (now - windowStart >= WINDOW_MILLIS) {
            windowStart = now;
            count = 0;
        }
        count += units;
        return count <= limit.soft() && count <= limit.hard() ? 0 : excess(units, now);
    }

    private long excess(long units, long now) {
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
