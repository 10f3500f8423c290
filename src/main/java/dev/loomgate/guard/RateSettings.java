package dev.loomgate.guard;

import java.time.Duration;
import java.util.Objects;

/**
 * How many requests there may be in a time: a token bucket that holds {@code burst} tokens and gets {@code rate} new ones in
 * each period, evenly. A request takes one.
 *
 * @param rate   requests in each period, 1 to 1,000,000,000
 * @param period length of a period, above zero
 * @param burst  requests that may come at once after a quiet time, 1 to 1,000,000,000
 * @param of     whose requests are counted together
 * @param exempt clients that are not counted
 */
public record RateSettings(int rate, Duration period, int burst, Of of, AddressList exempt) {
    private static final int MOST = 1_000_000_000;

    /** Whose requests are counted together. */
    public enum Of {
        /** Those of one client: an IPv4 address, or 64 bits of an IPv6 address. */
        CLIENT,
        /** All. */
        ALL
    }

    public RateSettings {
        Objects.requireNonNull(of, "of");
        Objects.requireNonNull(exempt, "exempt");
        requireRange("rate", rate);
        requireRange("burst", burst);
        if (period.isNegative() || period.isZero()) {
            throw new IllegalArgumentException("rate in a period of " + period + ": a time above zero is needed");
        }
    }

    private static void requireRange(String name, int value) {
        if (value < 1 || value > MOST) {
            throw new IllegalArgumentException(name + " of " + value + " requests: 1 to " + MOST + " are allowed");
        }
    }
}
