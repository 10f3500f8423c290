package dev.loomgate.server;

import java.util.List;
import java.util.Optional;

import dev.loomgate.config.RequestLimitsConfig;
import dev.loomgate.guard.AddressList;
import dev.loomgate.guard.ClientWatcher;
import dev.loomgate.guard.ConcurrencySettings;
import dev.loomgate.guard.Network;
import dev.loomgate.guard.RateSettings;
import dev.loomgate.guard.RequestLimits;
import dev.loomgate.transport.ClientWatch;
import io.helidon.webserver.http.ServerRequest;

/** The settings of the limits of requests, from the configuration. */
final class RequestSettings {
    private RequestSettings() {
    }

    /** Tells when a client goes, on the connections that can. */
    static ClientWatcher.Watch watch(ServerRequest request, Runnable onGone) {
        return request instanceof ClientWatch watched ? watched.onClientGone(onGone)::close : () -> { };
    }

    static RequestLimits of(RequestLimitsConfig config) {
        return new RequestLimits(access(config), config.requestRate().map(RequestSettings::rate),
                config.concurrentRequests().map(RequestSettings::concurrency));
    }

    private static Optional<RequestLimits.Access> access(RequestLimitsConfig config) {
        var access = new RequestLimits.Access(networks(config.allow()), config.allowFiles(), networks(config.deny()),
                config.denyFiles());
        return Optional.of(access).filter(lists -> !lists.isNone());
    }

    static List<Network> networks(List<String> networks) {
        return networks.stream().map(Network::parse).toList();
    }

    private static RateSettings rate(RequestLimitsConfig.Rate rate) {
        return new RateSettings(rate.rate(), rate.period(), rate.burst(), switch (rate.of()) {
            case CLIENT -> RateSettings.Of.CLIENT;
            case ALL -> RateSettings.Of.ALL;
        }, AddressList.of(networks(rate.exempt())));
    }

    private static ConcurrencySettings concurrency(RequestLimitsConfig.Concurrency concurrency) {
        return new ConcurrencySettings(switch (concurrency.permits()) {
            case RequestLimitsConfig.Fixed(int limit) -> new ConcurrencySettings.Fixed(limit);
            case RequestLimitsConfig.Adaptive adaptive ->
                    new ConcurrencySettings.Adaptive(adaptive.min(), adaptive.max(), adaptive.latency());
        }, concurrency.queue(), concurrency.queueTimeout());
    }
}
