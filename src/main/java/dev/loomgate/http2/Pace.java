package dev.loomgate.http2;

import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;

/**
 * How long the requests of a connection take, which says whether an answer may stay back for a moment so that others leave with it
 * in one system call. Those behind it in line for a processor come first then: if they do not just answer, but compute, the answer
 * would wait for that. So it may only where many in a row were brief. Safe for use by many threads.
 */
final class Pace {
    /** Requests, so many that what a page consists of is not held up by the one that takes long. */
    static final int PROVEN = 100;
    /** In nanoseconds; on a busy machine, a thread may have waited for a processor for half of it. */
    private static final long BRIEF = TimeUnit.MILLISECONDS.toNanos(20);
    /** Thousands of brief requests in line take less; if it was more, others compute. */
    private static final long TOO_LONG = TimeUnit.MILLISECONDS.toNanos(100);

    private final IntSupplier running;
    /** How many in a row; what gets lost among several threads makes no difference. */
    private volatile int brief;

    /** @param running number of requests that are worked on */
    Pace(IntSupplier running) {
        this.running = running;
    }

    /** Notes how long a request was worked on, without the time for which it gave way. */
    void took(long nanos) {
        if (nanos > BRIEF) {
            brief = 0;
        } else if (brief < PROVEN) {
            brief = brief + 1;
        }
    }

    /** Whether there are others, and soon answered, as it looks. Only a virtual thread gives way to just those that can go on. */
    boolean othersAreSoonDone() {
        return brief >= PROVEN && running.getAsInt() > 1 && Thread.currentThread().isVirtual();
    }

    /** Lets others go first; returns for how long, in nanoseconds. */
    long giveWay() {
        long begun = System.nanoTime();
        Thread.yield();
        long waited = System.nanoTime() - begun;
        if (waited > TOO_LONG) {
            brief = 0;
        }
        return waited;
    }
}
