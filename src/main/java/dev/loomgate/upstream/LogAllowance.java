package dev.loomgate.upstream;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

import org.slf4j.Logger;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * How many lines of the log may tell of requests that failed: twenty at once, and then one a second, since a program that is down
 * fails every request that comes. The access log has them all. Safe for use by many threads.
 */
public final class LogAllowance {
    private static final int AT_ONCE = 20;
    private static final long NANOS_EACH = TimeUnit.SECONDS.toNanos(1);

    /** When all lines that have been written would have been allowed, had each waited for its second. */
    private final AtomicLong used = new AtomicLong(System.nanoTime());
    private final LongAdder leftOut = new LongAdder();

    /**
     * A line about a request that has failed: a warning, which says how many were left out before it, or one for those who debug if
     * there are too many.
     */
    public LoggingEventBuilder line(Logger logger) {
        if (!take()) {
            return logger.atDebug();
        }
        long before = leftOut.sumThenReset();
        return before > 0 ? logger.atWarn().addKeyValue("left-out-before", before) : logger.atWarn();
    }

    private boolean take() {
        long now = System.nanoTime();
        while (true) {
            long before = used.get();
            long from = before - now > 0 ? before : now;
            if (from - now > (AT_ONCE - 1) * NANOS_EACH) {
                leftOut.increment();
                return false;
            }
            if (used.compareAndSet(before, from + NANOS_EACH)) {
                return true;
            }
        }
    }
}
