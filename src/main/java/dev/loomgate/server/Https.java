package dev.loomgate.server;

import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import dev.loomgate.config.Configuration;
import dev.loomgate.config.ConfigurationException;
import dev.loomgate.config.ListenerConfig;
import dev.loomgate.config.Problem;
import dev.loomgate.config.TlsConfig;
import dev.loomgate.tls.ServerTls;
import dev.loomgate.transport.ListenerSettings;
import dev.loomgate.transport.TlsSettings;
import io.helidon.http.Header;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Status;
import io.helidon.webserver.http.Filter;
import io.helidon.webserver.http.FilterChain;
import io.helidon.webserver.http.RoutingRequest;
import io.helidon.webserver.http.RoutingResponse;

/** What the listeners of a server have to do with HTTPS: their certificates, and what browsers are told about it. */
final class Https implements Filter, AutoCloseable {
    /** Asked for without TLS by those who issue certificates (RFC 8555 section 8.3). */
    private static final String ACME = "/.well-known/acme-challenge/";

    private final Map<String, ServerTls> certificates = new HashMap<>();
    private final Map<String, Integer> redirections = new HashMap<>();
    private final Map<String, Header> policies = new HashMap<>();

    private Https() {
    }

    /** Reads certificates; they may have changed since the configuration was checked. */
    static Https open(Configuration configuration) throws ConfigurationException {
        var https = new Https();
        for (ListenerConfig listener : configuration.listeners()) {
            listener.redirectToHttps().ifPresent(port -> https.redirections.put(listener.name(), port));
            if (listener.tls().isPresent()) {
                TlsConfig tls = listener.tls().get();
                try {
                    https.certificates.put(listener.name(), Settings.tls(tls, listener.http2()));
                } catch (IllegalArgumentException e) {
                    throw new ConfigurationException(List.of(new Problem(configuration.file(), 0,
                             "listeners." + listener.name() + ".tls", e.getMessage())));
                }
                tls.hsts().ifPresent(age -> https.policies.put(listener.name(), HeaderValues.createCached("Strict-Transport-Security",
                        "max-age=" + age.toSeconds() + (tls.hstsSubdomains() ? "; includeSubDomains" : ""))));
            }
        }
        return https;
    }

    /** What looks at each request; empty if there is nothing to look for. */
    Optional<Filter> filter() {
        return redirections.isEmpty() && policies.isEmpty() ? Optional.empty() : Optional.of(this);
    }

    /** The listener's settings with TLS, if it speaks it; begins to look for changed certificates. */
    ListenerSettings settings(ListenerSettings plain, ListenerConfig listener) {
        if (listener.tls().isEmpty()) {
            return plain;
        }
        ServerTls tls = certificates.get(listener.name());
        tls.watch(listener.tls().get().reloadInterval());
        return plain.withTls(new TlsSettings(tls::engine, listener.tls().get().handshakeTimeout()));
    }

    /** Certificates in use, of all listeners. */
    List<ServerTls.Line> lines() {
        return certificates.values().stream().flatMap(tls -> tls.certificates().stream()).distinct().toList();
    }

    /**
     * Reads all certificates again.
     *
     * @throws IOException if one can't be used: what was in use before stays so, for that listener
     */
    void reload() throws IOException {
        IOException failure = null;
        for (ServerTls tls : certificates.values()) {
            try {
                tls.reload();
            } catch (IllegalArgumentException e) {
                failure = new IOException(e.getMessage(), e);
            }
        }
        if (failure != null) {
            throw failure;
        }
    }

    @Override
    public void filter(FilterChain chain, RoutingRequest request, RoutingResponse response) {
        String listener = request.listenerContext().config().name();
        Header policy = policies.get(listener);
        if (policy != null) {
            response.header(policy);
        }
        Integer port = redirections.get(listener);
        if (port == null || request.isSecure() || request.prologue().uriPath().rawPath().startsWith(ACME)) {
            chain.proceed();
            return;
        }
        String host = request.headers().contains(HeaderNames.HOST) ? request.headers().get(HeaderNames.HOST).get() : "";
        int colon = host.indexOf(':', Math.max(0, host.indexOf(']')));
        String name = colon < 0 ? host : host.substring(0, colon);
        if (name.isEmpty()) {
            response.status(Status.BAD_REQUEST_400).send("without a host there is nowhere to redirect to\n");
            return;
        }
        String query = request.prologue().query().rawValue();
        response.status(Status.PERMANENT_REDIRECT_308).header(HeaderNames.LOCATION, "https://" + name + (port == 443 ? "" : ":" + port)
                + request.prologue().uriPath().rawPath() + (query.isEmpty() ? "" : "?" + query)).send();
    }

    @Override
    public void close() {
        certificates.values().forEach(ServerTls::close);
    }
}
