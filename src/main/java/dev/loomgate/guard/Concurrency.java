package dev.loomgate.guard;

import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import io.helidon.common.concurrency.limits.AimdLimit;
import io.helidon.common.concurrency.limits.LimitAlgorithm.Outcome;
import io.helidon.common.concurrency.limits.LimitAlgorithm.Token;

/**
 * Limits the number of requests that are worked on at once. More wait, parked, in the order in which they came; the queue is
 * bounded in length and in time. Safe for use by many threads.
 */
final class Concurrency {
    private final ConcurrencySettings settings;
    private final Permits permits;
    private final int queue;
    private final AtomicInteger waiting = new AtomicInteger();

    /** Leave to go on. */
    interface Permit {
        /**
         * Gives it back, once.
         *
         * @param telling whether the time that the work took says something about the load: it did not fail
         */
        void release(boolean telling);
    }

    private interface Permits {
        /** A permit that is free now, or null. */
        Permit take() throws InterruptedException;

        /** A permit that gets free within the time limit of the queue, or null. */
        Permit await() throws InterruptedException;
    }

    Concurrency(ConcurrencySettings settings) {
        this.settings = settings;
        this.queue = settings.queue();
        this.permits = switch (settings.permits()) {
            case ConcurrencySettings.Fixed(int limit) -> new FixedPermits(limit, settings.queueTimeout().toNanos());
            case ConcurrencySettings.Adaptive adaptive -> new AdaptivePermits(adaptive, settings);
        };
    }

    /**
     * A limit in the place of another: if it is the same, requests at work and those that wait go on counting, and an adaptive one
     * keeps what it has learnt.
     *
     * @param before null if there was none
     */
    static Concurrency succeed(Concurrency before, ConcurrencySettings settings) {
        return before != null && before.settings.equals(settings) ? before : new Concurrency(settings);
    }

    /** Number of requests that wait. */
    int waiting() {
        return waiting.get();
    }

    /** Takes a permit if one is free, and nobody waits for it; null if not. */
    Permit acquireNow() throws InterruptedException {
        return queue == 0 || waiting.get() == 0 ? permits.take() : null;
    }

    /** Takes a place in the queue, for {@link #await}; returns false if it is full. */
    boolean enqueue() {
        int before;
        do {
            before = waiting.get();
            if (before >= queue) {
                return false;
            }
            // not counted and then taken back, which would make it look full, or not empty, to others
        } while (!waiting.compareAndSet(before, before + 1));
        return true;
    }

    /**
     * Waits for a permit, and leaves the queue.
     *
     * @return the permit, or null if the wait was too long
     * @throws InterruptedException if the thread is interrupted while it waits; an adaptive limit returns null then
     */
    Permit await() throws InterruptedException {
        try {
            return permits.await();
        } finally {
            waiting.decrementAndGet();
        }
    }

    private static final class FixedPermits implements Permits, Permit {
        private final Semaphore semaphore;
        private final long queueNanos;

        private FixedPermits(int limit, long queueNanos) {
            this.semaphore = new Semaphore(limit, true);
            this.queueNanos = queueNanos;
        }

        @Override
        public Permit take() {
            return semaphore.tryAcquire() ? this : null;
        }

        @Override
        public Permit await() throws InterruptedException {
            return semaphore.tryAcquire(queueNanos, TimeUnit.NANOSECONDS) ? this : null;
        }

        @Override
        public void release(boolean telling) {
            semaphore.release();
        }
    }

    private static final class AdaptivePermits implements Permits {
        private final AimdLimit limit;

        private AdaptivePermits(ConcurrencySettings.Adaptive adaptive, ConcurrencySettings settings) {
            this.limit = AimdLimit.builder().minLimit(adaptive.min()).initialLimit(adaptive.min()).maxLimit(adaptive.max())
                    .timeout(adaptive.latency()).queueLength(settings.queue()).queueTimeout(settings.queueTimeout())
                    .fair(true).build();
        }

        @Override
        public Permit take() {
            return permit(limit.tryAcquireOutcome(false));
        }

        @Override
        public Permit await() throws InterruptedException {
            return permit(limit.tryAcquireOutcome(true));
        }

        private static Permit permit(Outcome outcome) {
            return outcome instanceof Outcome.Accepted accepted ? new TimedPermit(accepted.token()) : null;
        }
    }

    /** The limit learns from the time that it was held. */
    private record TimedPermit(Token token) implements Permit {
        @Override
        public void release(boolean telling) {
            if (telling) {
                token.success();
            } else {
                // not dropped(): in Helidon 4.4.0 that goes on counting the request as one at work. One that was too slow
                // lowers the limit by its time
                token.ignore();
            }
        }
    }
}
