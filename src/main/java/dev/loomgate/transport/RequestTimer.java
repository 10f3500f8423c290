package dev.loomgate.transport;

import java.util.concurrent.atomic.AtomicInteger;

/** The time limit of one request, kept by the listener's sweep. See {@link TimeLimit}. */
public final class RequestTimer {
    /** Time in milliseconds that an interrupted handler has to end before it is broken off. */
    private static final long GRACE = 2_000;

    private static final int RUNNING = 0;
    private static final int INTERRUPTING = 1;
    private static final int EXPIRED = 2;
    private static final int BROKEN_OFF = 3;
    private static final int ENDED = 4;

    private final Serving serving;
    private final Thread thread = Thread.currentThread();
    private final long deadline;
    private final AtomicInteger state = new AtomicInteger(RUNNING);

    /** @param deadline time of the coarse clock in milliseconds */
    RequestTimer(Serving serving, long deadline) {
        this.serving = serving;
        this.deadline = deadline;
    }

    void sweep(long now) {
        if (now >= deadline && state.compareAndSet(RUNNING, INTERRUPTING)) {
            thread.interrupt();
            state.set(EXPIRED);
            // may log, which may wait for a thread that waits for a processor, and so must not be waited for by one that has it
            serving.countLate();
        } else if (now >= deadline + GRACE && state.compareAndSet(EXPIRED, BROKEN_OFF)) {
            serving.breakOff();
        }
    }

    /** Whether the time is over, and the limit has not been ended. */
    boolean isExpired() {
        int now = state.get();
        return now != RUNNING && now != ENDED;
    }

    /**
     * Ends the limit. The interrupt that it may have caused is taken back, so that an answer can be written.
     *
     * @return whether the time was over
     */
    public boolean end() {
        serving.timerEnded();
        if (state.compareAndSet(RUNNING, ENDED)) {
            return false;
        }
        // the interrupt is a matter of nanoseconds, and must not hit what comes next
        while (state.get() == INTERRUPTING) {
            Thread.yield();
        }
        state.compareAndSet(EXPIRED, ENDED);
        Thread.interrupted();
        return true;
    }
}
