package dev.loomgate.transport;

import java.time.Duration;
import java.util.Objects;
import java.util.function.Supplier;

import javax.net.ssl.SSLEngine;

/**
 * How a listener speaks TLS.
 *
 * @param engines gives each connection an engine of its own, for the server's side, with certificates, protocols and ALPN set;
 *                called by many threads
 * @param handshake how long the handshake of a connection may take in all
 */
public record TlsSettings(Supplier<SSLEngine> engines, Duration handshake) {
    public TlsSettings {
        Objects.requireNonNull(engines, "engines");
        if (handshake.isNegative() || handshake.isZero()) {
            throw new IllegalArgumentException("handshake limit of " + handshake + ": a time above zero is needed");
        }
    }
}
