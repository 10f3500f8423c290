package dev.loomgate.guard;

/**
 * Two levels of a measure: above the higher one no connection is let in, until the measure is below the lower one. So the
 * server does not change its mind with every measurement.
 *
 * @param stopAbove above this, nobody is let in
 * @param goBelow   below this, everybody is again; at most {@code stopAbove}
 */
public record Watermark(double stopAbove, double goBelow) {
    public Watermark {
        if (!(goBelow >= 0 && goBelow <= stopAbove)) {
            throw new IllegalArgumentException("to go on below " + goBelow + " after a stop above " + stopAbove
                    + " is not possible: the lower level must not be above the higher, nor below 0");
        }
    }
}
