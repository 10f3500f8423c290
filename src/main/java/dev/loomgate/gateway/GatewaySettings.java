package dev.loomgate.gateway;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * What gateways to programs that listen on a socket have in common. Immutable; start from {@link #defaults()}.
 *
 * @param limits            how long a request may take
 * @param body              bounds of request bodies; what is over the memory limit and of unknown length goes to a file
 * @param environment       variables for every script, over all others
 * @param passAuthorization whether scripts get the client's Authorization and Proxy-Authorization
 * @param documentRoot      DOCUMENT_ROOT, and the directory that PATH_TRANSLATED maps into, if there is one
 */
public record GatewaySettings(ExchangeLimits limits, RequestBody.Limits body, Map<String, String> environment,
                              boolean passAuthorization, Optional<Path> documentRoot) {
    /** Keeps its own copy of the variables. */
    public GatewaySettings {
        environment = Map.copyOf(environment);
    }

    /** 60 seconds of silence, 64 KiB of a body in memory, no limit of a body's length, no variables, no credentials. */
    public static GatewaySettings defaults() {
        return new GatewaySettings(new ExchangeLimits(Duration.ofSeconds(60), Optional.empty()),
                new RequestBody.Limits(64 * 1024, 0, Path.of(System.getProperty("java.io.tmpdir"))), Map.of(), false,
                Optional.empty());
    }

    /** These settings with other time limits. */
    public GatewaySettings withLimits(ExchangeLimits other) {
        return new GatewaySettings(other, body, environment, passAuthorization, documentRoot);
    }

    /** These settings with other bounds of bodies. */
    public GatewaySettings withBody(RequestBody.Limits other) {
        return new GatewaySettings(limits, other, environment, passAuthorization, documentRoot);
    }

    /** These settings with other variables. */
    public GatewaySettings withEnvironment(Map<String, String> other) {
        return new GatewaySettings(limits, body, other, passAuthorization, documentRoot);
    }

    /** These settings with or without the client's credentials. */
    public GatewaySettings withPassAuthorization(boolean pass) {
        return new GatewaySettings(limits, body, environment, pass, documentRoot);
    }

    /** These settings with another document root. */
    public GatewaySettings withDocumentRoot(Optional<Path> other) {
        return new GatewaySettings(limits, body, environment, passAuthorization, other);
    }
}
