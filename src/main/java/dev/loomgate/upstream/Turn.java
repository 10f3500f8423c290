package dev.loomgate.upstream;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A thread that waits for its turn, for some time at most. As a rule the turn comes long before that, so there is no timer for
 * it until time is nearly up: a timer that is set and taken back for each wait wakes a thread of the scheduler twice. Somebody
 * {@linkplain #look looks} at those that wait every {@link #LOOK} instead.
 *
 * <p>Safe for use by many threads; one waits.
 */
final class Turn {
    /** Time between two looks; the wait is exact all the same. */
    static final Duration LOOK = Duration.ofMillis(100);
    /** Longer than a look may come late. */
    private static final long NEAR_NANOS = TimeUnit.MILLISECONDS.toNanos(400);

    private final Thread thread = Thread.currentThread();
    private final long deadline;

    /** @param limit longest wait of the calling thread, from now on */
    Turn(Duration limit) {
        this.deadline = System.nanoTime() + limit.toNanos();
    }

    /** Who waits. */
    Thread thread() {
        return thread;
    }

    /** Whether it has waited for as long as it may. */
    boolean isOver() {
        return deadline - System.nanoTime() <= 0;
    }

    /** Parks; may return early, for no reason. */
    void park() {
        long left = deadline - System.nanoTime();
        if (left > NEAR_NANOS) {
            LockSupport.park(this);
        } else if (left > 0) {
            LockSupport.parkNanos(this, left);
        }
    }

    /** Has the thread set a timer if time is nearly up. */
    void look() {
        if (deadline - System.nanoTime() <= NEAR_NANOS) {
            wake();
        }
    }

    /** Ends {@link #park}. */
    void wake() {
        LockSupport.unpark(thread);
    }
}
