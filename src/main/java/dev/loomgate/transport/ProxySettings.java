package dev.loomgate.transport;

import java.time.Duration;
import java.util.Objects;

import dev.loomgate.guard.TrustedProxies;

/**
 * How a listener learns of the clients behind proxies.
 *
 * @param trusted       proxies whose word is taken
 * @param proxyProtocol whether every connection begins with a header of the PROXY protocol, and must come from a trusted proxy
 * @param headerTimeout time for that header, above zero
 */
public record ProxySettings(TrustedProxies trusted, boolean proxyProtocol, Duration headerTimeout) {
    /** No proxies. */
    public static final ProxySettings NONE = new ProxySettings(TrustedProxies.NONE, false, Duration.ofSeconds(10));

    public ProxySettings {
        Objects.requireNonNull(trusted, "trusted");
        if (headerTimeout.toMillis() < 1) {
            throw new IllegalArgumentException(headerTimeout + " for a PROXY header: 1 ms or more is needed");
        }
    }
}
