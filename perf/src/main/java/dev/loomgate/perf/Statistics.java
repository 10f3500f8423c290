package dev.loomgate.perf;

import java.util.Arrays;
import java.util.List;

/** Figures of several rounds, put together. */
final class Statistics {
    private Statistics() {}

    /** The middle one, or the mean of the two; NaN of none. */
    static double median(double... values) {
        double[] sorted = Arrays.stream(values).filter(value -> !Double.isNaN(value)).sorted().toArray();
        if (sorted.length == 0) {
            return Double.NaN;
        }
        int half = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
    }

    /** How far values are from their median as a rule (the median of the distances), as a share of it. */
    static double spread(double... values) {
        double median = median(values);
        return median(Arrays.stream(values).map(value -> Math.abs(value - median)).toArray()) / median;
    }

    /**
     * How many times the second one the first one is, as the median of the rounds: both had their turn in each, so what the
     * machine did meanwhile is in both.
     */
    static double ratio(List<Double> first, List<Double> second) {
        return median(ratios(first, second));
    }

    /** The ratio of each round that both have. */
    static double[] ratios(List<Double> first, List<Double> second) {
        double[] ratios = new double[Math.min(first.size(), second.size())];
        for (int i = 0; i < ratios.length; i++) {
            ratios[i] = first.get(i) / second.get(i);
        }
        return ratios;
    }

    /**
     * How uncertain the median of some values is, as twice its standard error: from the median distance, so that a round that went
     * wrong does not count for more than one. Infinite for fewer than three.
     */
    static double uncertainty(double... values) {
        if (values.length < 3) {
            return Double.POSITIVE_INFINITY;
        }
        double deviation = 1.4826 * spread(values) * median(values); // the standard deviation, if it were a normal distribution
        return 2 * 1.2533 * deviation / Math.sqrt(values.length);
    }

    /** Whether a server that is warming up has stopped getting faster: two windows in a row within 5 % of the best so far. */
    static boolean isStable(List<Double> windows) {
        int count = windows.size();
        if (count < 3) {
            return false;
        }
        double best = windows.stream().mapToDouble(Double::doubleValue).max().orElse(0);
        return windows.get(count - 1) >= 0.95 * best && windows.get(count - 2) >= 0.95 * best;
    }
}
