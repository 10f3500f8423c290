package dev.loomgate.transport;

import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Where and how to listen.
 *
 * @param name    name of the listener in logs and threads
 * @param host    name or address to bind
 * @param port    port to bind, 0 to 65535; 0 takes any that is free
 * @param backlog connections that the operating system may hold before they are accepted, 1 or more
 * @param threads what runs each connection
 * @param limits  time limits of each connection
 * @param probes  how the operating system looks for clients that are gone; empty if it does not
 * @param proxies how it learns of clients behind proxies
 * @param tls     how it speaks TLS; empty if it does not
 * @param sendBuffer bytes that the operating system keeps of what a client has not read yet; empty for its own choice
 * @param neighbours listeners whose connections count beside its own when there are too many
 */
public record ListenerSettings(String name, String host, int port, int backlog, ThreadModel threads, TransportLimits limits,
                               Optional<KeepAliveProbes> probes, ProxySettings proxies, OptionalInt sendBuffer,
                               Optional<TlsSettings> tls, Neighbours neighbours) {
    /** Settings without probes. */
    public ListenerSettings(String name, String host, int port, int backlog, ThreadModel threads, TransportLimits limits) {
        this(name, host, port, backlog, threads, limits, Optional.empty());
    }

    /** Settings without proxies. */
    public ListenerSettings(String name, String host, int port, int backlog, ThreadModel threads, TransportLimits limits,
                            Optional<KeepAliveProbes> probes) {
        this(name, host, port, backlog, threads, limits, probes, ProxySettings.NONE, OptionalInt.empty(),
                Optional.empty(), new Neighbours());
    }

    /** The same settings, with proxies. */
    public ListenerSettings withProxies(ProxySettings settings) {
        return new ListenerSettings(name, host, port, backlog, threads, limits, probes, settings, sendBuffer, tls, neighbours);
    }

    /** The same settings, with a limit of what the operating system keeps of responses. */
    public ListenerSettings withSendBuffer(OptionalInt bytes) {
        return new ListenerSettings(name, host, port, backlog, threads, limits, probes, proxies, bytes, tls, neighbours);
    }

    /** The same settings, with TLS. */
    public ListenerSettings withTls(TlsSettings settings) {
        return new ListenerSettings(name, host, port, backlog, threads, limits, probes, proxies, sendBuffer,
                Optional.of(settings), neighbours);
    }

    /** The same settings, beside other listeners that have the same guard. */
    public ListenerSettings withNeighbours(Neighbours others) {
        return new ListenerSettings(name, host, port, backlog, threads, limits, probes, proxies, sendBuffer, tls, others);
    }

    public ListenerSettings {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(host, "host");
        Objects.requireNonNull(threads, "threads");
        Objects.requireNonNull(limits, "limits");
        Objects.requireNonNull(probes, "probes");
        Objects.requireNonNull(proxies, "proxies");
        Objects.requireNonNull(sendBuffer, "sendBuffer");
        Objects.requireNonNull(tls, "tls");
        Objects.requireNonNull(neighbours, "neighbours");
        if (port < 0 || port > 65_535) {
            throw new IllegalArgumentException("port " + port + " of listener " + name + ": 0 to 65535 are allowed");
        }
        if (backlog < 1) {
            throw new IllegalArgumentException("backlog " + backlog + " of listener " + name + ": 1 or more is needed");
        }
    }

    /** Settings for a port of 127.0.0.1 with virtual threads and default limits. */
    public static ListenerSettings local(int port) {
        return new ListenerSettings("local", "127.0.0.1", port, 1024, ThreadModel.virtual(), TransportLimits.DEFAULT);
    }
}
