package dev.loomgate.observe;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * What was measured in the last 15 minutes, second by second, in memory that does not grow: some 4 KB for each name. Safe for use
 * by many threads.
 */
final class History {
    /** Seconds that are kept. */
    static final int LENGTH = 900;
    /** Names come from the code, and from the reasons of rejections. */
    private static final int MOST_NAMES = 100;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition added = lock.newCondition();
    // guarded by lock
    private final Map<String, float[]> columns = new LinkedHashMap<>();
    private final long[] times = new long[LENGTH];
    private long count;

    /**
     * What was measured at one moment.
     *
     * @param number 1 for the first
     * @param time   milliseconds since 1970
     * @param values by name: what was not known then is not a number
     */
    record Sample(long number, long time, Map<String, Float> values) {
    }

    /** Adds the values of a moment; those without a number are not known. */
    void add(long time, Map<String, Double> values) {
        lock.lock();
        try {
            int place = (int) (count % LENGTH);
            times[place] = time;
            columns.values().forEach(column -> column[place] = Float.NaN);
            values.forEach((name, value) -> {
                float[] column = columns.get(name);
                if (column == null && columns.size() < MOST_NAMES) {
                    column = new float[LENGTH];
                    Arrays.fill(column, Float.NaN);
                    columns.put(name, column);
                }
                if (column != null) {
                    column[place] = value.floatValue();
                }
            });
            count++;
            added.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /**
     * The sample after this one; waits for it, 5 seconds at most. Who comes late gets what has been missed, one after the other.
     *
     * @param number number of the last sample that the caller has seen
     * @return the oldest newer one that is kept; empty if there is none yet
     */
    Optional<Sample> after(long number) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            long nanos = TimeUnit.SECONDS.toNanos(5);
            while (count <= number && nanos > 0) {
                nanos = added.awaitNanos(nanos);
            }
            return count <= number ? Optional.empty() : Optional.of(sample(Math.max(number, count - LENGTH) + 1));
        } finally {
            lock.unlock();
        }
    }

    /** The newest sample; empty if there is none yet. */
    Optional<Sample> latest() {
        lock.lock();
        try {
            return count == 0 ? Optional.empty() : Optional.of(sample(count));
        } finally {
            lock.unlock();
        }
    }

    private Sample sample(long number) {
        int place = (int) ((number - 1) % LENGTH);
        var values = new LinkedHashMap<String, Float>();
        columns.forEach((name, column) -> values.put(name, column[place]));
        return new Sample(number, times[place], values);
    }

    /** Everything that is kept, the oldest first: {@code number}, {@code times} and a list of values for each name. */
    Map<String, Object> document() {
        lock.lock();
        try {
            int length = (int) Math.min(count, LENGTH);
            var document = new LinkedHashMap<String, Object>();
            document.put("number", count);
            document.put("times", Arrays.stream(inOrder(length)).mapToObj(place -> times[place]).toList());
            var values = new LinkedHashMap<String, Object>();
            columns.forEach((name, column) ->
                    values.put(name, Arrays.stream(inOrder(length)).mapToObj(place -> column[place]).toList()));
            document.put("values", values);
            return document;
        } finally {
            lock.unlock();
        }
    }

    private int[] inOrder(int length) {
        var places = new int[length];
        for (int i = 0; i < length; i++) {
            places[i] = (int) ((count - length + i) % LENGTH);
        }
        return places;
    }
}
