package dev.loomgate.guard;

import java.util.concurrent.atomic.AtomicLong;

/**
 * The rule of a token bucket, whose whole state is one number: the time at which the bucket will be full again (the "generic
 * cell rate algorithm" of ITU-T I.371). A bucket that is full by now is as good as a new one, which is 0. Immutable; the
 * states belong to others.
 */
final class TokenBucket {
    /** A state that is no time: the bucket was thrown away. */
    static final long GONE = -1;
    /** What {@link #take} returns for a bucket that was thrown away. */
    static final long RETRY = -1;

    private final long interval;
    private final long tolerance;

    /**
     * @param rate   tokens that come in each period
     * @param period nanoseconds
     * @param burst  tokens that the bucket holds
     */
    TokenBucket(int rate, long period, int burst) {
        this.interval = Math.max(1, period / rate);
        // a burst that takes decades to come back needs no more than that
        double longest = (double) interval * (burst - 1);
        this.tolerance = longest > Long.MAX_VALUE / 4.0 ? Long.MAX_VALUE / 4 : interval * (burst - 1);
    }

    /**
     * Takes a token, if there is one.
     *
     * @param bucket state of the bucket
     * @param now    nanoseconds since some time, never less than before but for what threads differ by, 0 or more
     * @return 0 if there was one; nanoseconds until there will be one; or {@link #RETRY}
     */
    long take(AtomicLong bucket, long now) {
        while (true) {
            long full = bucket.get();
            if (full == GONE) {
                return RETRY;
            }
            long from = Math.max(full, now);
            long wait = from - now - tolerance;
            if (wait > 0) {
                return wait;
            }
            if (bucket.compareAndSet(full, from + interval)) {
                return 0;
            }
        }
    }

    /** Whether a state means the same to another rule. */
    boolean isSameAs(TokenBucket other) {
        return interval == other.interval && tolerance == other.tolerance;
    }

    /** The state that a bucket of this rule has under another one: as many tokens are missing, or all. */
    long convert(long full, long now, TokenBucket other) {
        if (full == GONE || full <= now) {
            return 0;
        }
        double missing = (double) (full - now) / interval;
        return now + (long) Math.min(missing * other.interval, (double) other.tolerance + other.interval);
    }

    /** Throws a bucket away if that makes no difference to its owner; returns whether it is gone. */
    static boolean expire(AtomicLong bucket, long now) {
        long full = bucket.get();
        return full == GONE || full <= now && bucket.compareAndSet(full, GONE);
    }
}
