package dev.loomgate.guard;

import java.util.Objects;
import java.util.Optional;

/**
 * What requests are held to, those of a route or all. Each limit is off where it is left out.
 *
 * @param addresses   who may come at all; others are answered with 403
 * @param rate        how many requests in a time; more are answered with 429
 * @param concurrency how many requests at once; more are answered with 503
 */
public record RequestLimits(AddressRules addresses, Optional<RateSettings> rate, Optional<ConcurrencySettings> concurrency) {
    /** No limit. */
    public static final RequestLimits NONE = new RequestLimits(AddressRules.ANYONE, Optional.empty(), Optional.empty());

    public RequestLimits {
        Objects.requireNonNull(addresses, "addresses");
        Objects.requireNonNull(rate, "rate");
        Objects.requireNonNull(concurrency, "concurrency");
    }

    /** Whether all limits are off. */
    public boolean isNone() {
        return addresses.isAnyone() && rate.isEmpty() && concurrency.isEmpty();
    }
}
