package dev.loomgate.observe;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * Counts times by size, in steps that are close enough to tell percentiles within a fifth and that hold the usual bounds of
 * Prometheus. Recording is one striped addition, with no lock. Safe for use by many threads.
 */
final class LatencyHistogram {
    private static final int[] STEPS = {100, 150, 200, 250, 300, 400, 500, 600, 800};
    private static final int DECADES = 7;
    /** Upper bounds, inclusive, in tenths of a microsecond: 10 microseconds to 80 seconds. What is longer is beyond all. */
    private static final long[] BOUNDS = bounds();
    /** Where to look first, by number of binary digits. */
    private static final int[] STARTS = starts();

    private final LongAdder[] counts = new LongAdder[BOUNDS.length + 1];
    private final LongAdder nanos = new LongAdder();

    LatencyHistogram() {
        for (int i = 0; i < counts.length; i++) {
            counts[i] = new LongAdder();
        }
    }

    private static long[] bounds() {
        var bounds = new long[STEPS.length * DECADES];
        long unit = 1;
        for (int decade = 0, i = 0; decade < DECADES; decade++, unit *= 10) {
            for (int step : STEPS) {
                bounds[i++] = step * unit;
            }
        }
        return bounds;
    }

    private static int[] starts() {
        var starts = new int[Long.SIZE + 1];
        for (int digits = 1; digits <= Long.SIZE; digits++) {
            long least = 1L << digits - 1;
            int start = 0;
            while (start < BOUNDS.length && least > 0 && BOUNDS[start] < least) {
                start++;
            }
            starts[digits] = least < 0 ? BOUNDS.length : start;
        }
        return starts;
    }

    /** Adds a time in nanoseconds, 0 or more. */
    void record(long time) {
        long tenths = time / 100;
        int i = STARTS[Long.SIZE - Long.numberOfLeadingZeros(tenths)];
        while (i < BOUNDS.length && BOUNDS[i] < tenths) {
            i++;
        }
        counts[i].increment();
        nanos.add(time);
    }

    /** How many times of each size there were, and their sum, at a moment. */
    record Counts(long[] counts, double seconds) {
        static Counts none() {
            return new Counts(new long[BOUNDS.length + 1], 0);
        }

        long total() {
            long total = 0;
            for (long count : counts) {
                total += count;
            }
            return total;
        }

        Counts plus(Counts other) {
            var sum = counts.clone();
            for (int i = 0; i < sum.length; i++) {
                sum[i] += other.counts[i];
            }
            return new Counts(sum, seconds + other.seconds);
        }

        Counts minus(Counts earlier) {
            var difference = counts.clone();
            for (int i = 0; i < difference.length; i++) {
                difference[i] -= earlier.counts[i];
            }
            return new Counts(difference, seconds - earlier.seconds);
        }

        /** The time in seconds that a part of all did not exceed, evenly spread within its step; NaN if there are none. */
        double percentile(double part) {
            long total = total();
            if (total == 0) {
                return Double.NaN;
            }
            double wanted = part * total;
            long below = 0;
            for (int i = 0; i < counts.length; i++) {
                if (counts[i] > 0 && below + counts[i] >= wanted) {
                    double from = i == 0 ? 0 : BOUNDS[i - 1];
                    double to = BOUNDS[Math.min(i, BOUNDS.length - 1)];
                    return (from + (to - from) * (wanted - below) / counts[i]) / 1e7;
                }
                below += counts[i];
            }
            return BOUNDS[BOUNDS.length - 1] / 1e7;
        }

        /** How many were at most so many seconds; for bounds that are a step. */
        long atMost(double seconds) {
            long tenths = Math.round(seconds * 1e7);
            long sum = 0;
            for (int i = 0; i < BOUNDS.length && BOUNDS[i] <= tenths; i++) {
                sum += counts[i];
            }
            return sum;
        }
    }

    Counts counts() {
        var now = new long[counts.length];
        for (int i = 0; i < now.length; i++) {
            now[i] = counts[i].sum();
        }
        return new Counts(now, nanos.sum() / (double) TimeUnit.SECONDS.toNanos(1));
    }
}
