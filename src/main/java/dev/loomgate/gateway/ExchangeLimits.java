package dev.loomgate.gateway;

import java.time.Duration;
import java.util.Optional;

/**
 * How long a script may take for a request.
 *
 * @param silence how long it may neither write nor take more of the request's body
 * @param run     how long it may run altogether, if that is bounded
 */
public record ExchangeLimits(Duration silence, Optional<Duration> run) {
    /**
     * Checks both.
     *
     * @throws IllegalArgumentException if one is not above zero
     */
    public ExchangeLimits {
        if (!silence.isPositive() || run.isPresent() && !run.get().isPositive()) {
            throw new IllegalArgumentException("time limits must be above zero, not " + silence + " and " + run);
        }
    }
}
