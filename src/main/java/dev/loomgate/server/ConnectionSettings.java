package dev.loomgate.server;

import java.util.List;
import java.util.Optional;

import dev.loomgate.config.ConnectionGuardConfig;
import dev.loomgate.config.ConnectionGuardConfig.Measure;
import dev.loomgate.config.ConnectionGuardConfig.WhenFull;
import dev.loomgate.config.TrustedProxiesConfig;
import dev.loomgate.guard.GuardSettings;
import dev.loomgate.guard.Network;
import dev.loomgate.guard.RateLimit;
import dev.loomgate.guard.Reason;
import dev.loomgate.guard.Watermark;
import dev.loomgate.transport.KeepAliveProbes;

/** The settings of what guards connections, from the configuration. */
final class ConnectionSettings {
    private ConnectionSettings() {
    }

    static GuardSettings guard(ConnectionGuardConfig config, TrustedProxiesConfig proxies) {
        GuardSettings.Builder settings = GuardSettings.builder()
                .maxConnections(config.maxConnections() == ConnectionGuardConfig.AUTO ? GuardSettings.AUTO
                        : config.maxConnections())
                .maxConnectionsPerAddress(config.maxConnectionsPerAddress())
                .exempt(networks(config.exempt()))
                .proxies(networks(proxies.networks()))
                .allow(networks(config.addresses().allow()), config.addresses().allowFiles())
                .deny(networks(config.addresses().deny()), config.addresses().denyFiles())
                .requests(rate(config.requestsPerSecond()))
                .bytesIn(rate(config.bytesInPerSecond()))
                .bytesOut(rate(config.bytesOutPerSecond()))
                .fair(config.fair());
        if (config.whenFull() == WhenFull.REFUSE) {
            settings.answerWhenFull(config.retryAfter());
        }
        config.overload().forEach((measure, levels) ->
                settings.stop(reason(measure), new Watermark(levels.stopAbove(), levels.goBelow())));
        return settings.build();
    }

    private static List<Network> networks(List<String> texts) {
        return texts.stream().map(Network::parse).toList();
    }

    private static RateLimit rate(ConnectionGuardConfig.Rate rate) {
        return new RateLimit(rate.soft(), rate.hard());
    }

    private static Reason reason(Measure measure) {
        return switch (measure) {
            case LOAD -> Reason.LOAD;
            case CPU_PRESSURE -> Reason.CPU_PRESSURE;
            case MEMORY_PRESSURE -> Reason.MEMORY_PRESSURE;
            case IO_PRESSURE -> Reason.IO_PRESSURE;
            case MEMORY -> Reason.MEMORY;
            case SWAP -> Reason.SWAP;
            case HEAP -> Reason.HEAP;
        };
    }

    static Optional<KeepAliveProbes> probes(ConnectionGuardConfig config) {
        return config.probes().map(probes -> new KeepAliveProbes(probes.idle(), probes.interval(), probes.count()));
    }
}
