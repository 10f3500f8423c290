package dev.loomgate.server;

import java.util.List;

import dev.loomgate.config.RequestLimitsConfig;
import dev.loomgate.guard.AddressList;
import dev.loomgate.guard.AddressRules;
import dev.loomgate.guard.ConcurrencySettings;
import dev.loomgate.guard.Network;
import dev.loomgate.guard.RateSettings;
import dev.loomgate.guard.Rejections;
import dev.loomgate.guard.RequestGuard;
import dev.loomgate.guard.RequestLimits;

/** The settings of the limits of requests, from the configuration. */
final class RequestSettings {
    private RequestSettings() {
    }

    /** What holds requests to these limits; {@code null} if there are none. */
    static RequestGuard requestGuard(RequestLimitsConfig config, Rejections rejections) {
        RequestLimits limits = requestLimits(config);
        return limits.isNone() ? null : new RequestGuard(limits, rejections);
    }

    private static RequestLimits requestLimits(RequestLimitsConfig config) {
        return new RequestLimits(new AddressRules(addresses(config.allow()), addresses(config.deny())),
                config.requestRate().map(RequestSettings::rate), config.concurrentRequests().map(RequestSettings::concurrency));
    }

    /** These networks, which are known to be well-formed. */
    static AddressList addresses(List<String> networks) {
        return AddressList.of(networks.stream().map(Network::parse).toList());
    }

    private static RateSettings rate(RequestLimitsConfig.Rate rate) {
        return new RateSettings(rate.rate(), rate.period(), rate.burst(), switch (rate.of()) {
            case CLIENT -> RateSettings.Of.CLIENT;
            case ALL -> RateSettings.Of.ALL;
        }, addresses(rate.exempt()));
    }

    private static ConcurrencySettings concurrency(RequestLimitsConfig.Concurrency concurrency) {
        return new ConcurrencySettings(switch (concurrency.permits()) {
            case RequestLimitsConfig.Fixed(int limit) -> new ConcurrencySettings.Fixed(limit);
            case RequestLimitsConfig.Adaptive adaptive ->
                    new ConcurrencySettings.Adaptive(adaptive.min(), adaptive.max(), adaptive.latency());
        }, concurrency.queue(), concurrency.queueTimeout());
    }
}
