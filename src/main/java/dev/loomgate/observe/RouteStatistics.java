package dev.loomgate.observe;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.atomic.LongAdder;

/** The requests that one route has answered, by method and class of status. Safe for use by many threads. */
final class RouteStatistics {
    /** What other methods count as. */
    private static final String[] METHODS = {"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "other"};
    /** The first: the response was broken off, or the client left. */
    private static final String[] CLASSES = {"aborted", "1xx", "2xx", "3xx", "4xx", "5xx"};

    private final AtomicReferenceArray<LatencyHistogram> series =
            new AtomicReferenceArray<>(METHODS.length * CLASSES.length);
    private final LongAdder bytes = new LongAdder();

    /** What tells series apart. */
    record Series(String method, String status) implements Comparable<Series> {
        @Override
        public int compareTo(Series other) {
            int byMethod = method.compareTo(other.method);
            return byMethod != 0 ? byMethod : status.compareTo(other.status);
        }

        boolean isError() {
            return status.equals("5xx");
        }
    }

    void record(String method, int status, long nanos, long size) {
        int place = method(method) * CLASSES.length + (status < 100 || status > 599 ? 0 : status / 100);
        LatencyHistogram histogram = series.get(place);
        if (histogram == null) {
            series.compareAndSet(place, null, new LatencyHistogram());
            histogram = series.get(place);
        }
        histogram.record(nanos);
        if (size > 0) {
            bytes.add(size);
        }
    }

    private static int method(String method) {
        return switch (method) {
            case "GET" -> 0;
            case "HEAD" -> 1;
            case "POST" -> 2;
            case "PUT" -> 3;
            case "DELETE" -> 4;
            case "OPTIONS" -> 5;
            case "PATCH" -> 6;
            default -> 7;
        };
    }

    /** Bytes of the bodies of responses. */
    long bytes() {
        return bytes.sum();
    }

    Map<Series, LatencyHistogram.Counts> counts() {
        var counts = new TreeMap<Series, LatencyHistogram.Counts>();
        for (int place = 0; place < series.length(); place++) {
            LatencyHistogram histogram = series.get(place);
            if (histogram != null) {
                counts.put(new Series(METHODS[place / CLASSES.length], CLASSES[place % CLASSES.length]), histogram.counts());
            }
        }
        return counts;
    }
}
