package dev.loomgate.config;

import java.util.Optional;
import java.util.OptionalInt;

/**
 * An address to listen on.
 *
 * @param name    its name in logs; default {@code listener-1} and so on
 * @param host    name or address to bind; default 127.0.0.1; {@code 0.0.0.0} or {@code ::} for all
 * @param port    port, 0 to 65535; 0 takes any that is free; default 8080
 * @param backlog connections that the operating system holds before they are accepted, 1 to 65535; default 1024
 * @param proxyProtocol whether each connection comes from a trusted proxy and begins with a header of the PROXY protocol;
 *                default false
 * @param tls           how it speaks TLS; empty if it does not
 * @param http2         whether it speaks HTTP/2 as well as HTTP/1.1; default true with virtual threads, which it needs
 * @param redirectToHttps port that all requests are sent to by a redirection to HTTPS; empty if they are served
 */
public record ListenerConfig(String name, String host, int port, int backlog, boolean proxyProtocol, Optional<TlsConfig> tls,
                             boolean http2, OptionalInt redirectToHttps) {
    static final int DEFAULT_PORT = 8080;
    static final String DEFAULT_HOST = "127.0.0.1";
    static final int DEFAULT_BACKLOG = 1024;

    /** A listener without PROXY protocol and TLS. */
    public ListenerConfig(String name, String host, int port, int backlog) {
        this(name, host, port, backlog, false, Optional.empty(), true, OptionalInt.empty());
    }

    /** {@code http://host:port}, or with {@code https}, an IPv6 address in brackets. */
    public String uri(int boundPort) {
        return (tls.isPresent() ? "https" : "http") + "://" + (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + boundPort;
    }
}
