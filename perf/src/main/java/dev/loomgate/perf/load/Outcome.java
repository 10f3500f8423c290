package dev.loomgate.perf.load;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What came of a {@link Load}.
 *
 * @param seconds how long requests were made
 * @param requests right answers within these seconds
 * @param errors what went wrong, by kind: {@code connect}, {@code time-out}, {@code closed}, {@code status}, {@code unsent}
 * @param millis latencies at {@link #PERCENTILES}, errors among them with the time until they were given up
 */
public record Outcome(double seconds, long requests, Map<String, Long> errors, double[] millis) {
    /** Which percentiles {@link #millis} has. */
    public static final double[] PERCENTILES = {0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 97, 98, 99, 99.5, 99.9, 99.99, 100};

    /** Requests a second. */
    public double rate() {
        return requests / seconds;
    }

    /** How many requests went wrong. */
    public long failed() {
        return errors.values().stream().mapToLong(Long::longValue).sum();
    }

    /** The latency in milliseconds at one of {@link #PERCENTILES}; NaN for others, or if it is not known. */
    public double millisAt(double percentile) {
        int index = Arrays.binarySearch(PERCENTILES, percentile);
        return index < 0 ? Double.NaN : millis[index];
    }

    String toLine() {
        return seconds + " " + requests + " "
                + errors.entrySet().stream().map(e -> e.getKey() + "=" + e.getValue()).collect(Collectors.joining(",", "{", "}"))
                + " " + Arrays.stream(millis).mapToObj(String::valueOf).collect(Collectors.joining(","));
    }

    static Outcome fromLine(String line) {
        String[] words = line.split(" ");
        var errors = new LinkedHashMap<String, Long>();
        String kinds = words[2].substring(1, words[2].length() - 1);
        if (!kinds.isEmpty()) {
            for (String kind : kinds.split(",")) {
                int equals = kind.indexOf('=');
                errors.put(kind.substring(0, equals), Long.parseLong(kind.substring(equals + 1)));
            }
        }
        return new Outcome(Double.parseDouble(words[0]), Long.parseLong(words[1]), errors,
                Arrays.stream(words[3].split(",")).mapToDouble(Double::parseDouble).toArray());
    }
}
