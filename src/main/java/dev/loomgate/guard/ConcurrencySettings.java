package dev.loomgate.guard;

import java.time.Duration;

/**
 * How many requests may be worked on at once, and how many more may wait.
 *
 * @param permits      how many at once
 * @param queue        how many may wait for their turn, 0 or more
 * @param queueTimeout how long one waits at most, above zero
 */
public record ConcurrencySettings(Permits permits, int queue, Duration queueTimeout) {
    public ConcurrencySettings {
        if (queue < 0) {
            throw new IllegalArgumentException("queue of " + queue + " requests: 0 or more are allowed");
        }
        if (queueTimeout.toMillis() < 1) {
            throw new IllegalArgumentException("a queue-timeout of " + queueTimeout + ": a millisecond or more is needed");
        }
    }

    /** How many requests at once. */
    public sealed interface Permits {
    }

    /**
     * Always as many.
     *
     * @param limit 1 or more
     */
    public record Fixed(int limit) implements Permits {
        public Fixed {
            if (limit < 1) {
                throw new IllegalArgumentException("a limit of " + limit + " requests: 1 or more are needed");
            }
        }
    }

    /**
     * One more after each request that was quick while half of the limit was in use; a tenth less after each that was slow
     * (additive increase, multiplicative decrease).
     *
     * @param min     least limit, 1 or more; what it begins with
     * @param max     greatest limit
     * @param latency time above which a request counts as slow
     */
    public record Adaptive(int min, int max, Duration latency) implements Permits {
        public Adaptive {
            if (min < 1 || max < min) {
                throw new IllegalArgumentException("limits from " + min + " to " + max
                        + " requests: 1 or more are needed, and the greatest can't be below the least");
            }
            if (latency.isNegative() || latency.isZero()) {
                throw new IllegalArgumentException("a latency of " + latency + ": a time above zero is needed");
            }
        }
    }
}
