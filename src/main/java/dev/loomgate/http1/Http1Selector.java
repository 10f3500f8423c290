package dev.loomgate.http1;

import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

import dev.loomgate.transport.Connection;
import io.helidon.common.buffers.BufferData;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.http1.spi.Http1Upgrader;
import io.helidon.webserver.spi.ServerConnection;
import io.helidon.webserver.spi.ServerConnectionSelector;

/** Speaks HTTP/1 on every connection that it is given. Immutable. */
public final class Http1Selector implements ServerConnectionSelector {
    private final Http1Settings settings;
    private final Map<String, Http1Upgrader> upgraders;
    /** Null if there is none. */
    private final Function<ConnectionContext, ServerConnection> newer;

    private Http1Selector(Http1Settings settings, Map<String, Http1Upgrader> upgraders,
                          Function<ConnectionContext, ServerConnection> newer) {
        this.settings = settings;
        this.upgraders = upgraders;
        this.newer = newer;
    }

    /**
     * The same, but for clients that begin with the preface of HTTP/2 (RFC 9113 section 3.4): their connections are handed over,
     * with what has been read {@linkplain Connection#pushBack pushed back}.
     *
     * @param http2 makes such a connection's protocol
     */
    public Http1Selector changingTo(Function<ConnectionContext, ServerConnection> http2) {
        return new Http1Selector(settings, upgraders, http2);
    }

    /** HTTP/1 within these limits, without upgrades to other protocols. */
    public static Http1Selector create(Http1Settings settings) {
        return create(settings, List.of());
    }

    /**
     * HTTP/1 within these limits, with upgrades (RFC 9110 section 7.8) to what these provide.
     *
     * @throws IllegalStateException if two of them provide the same protocol
     */
    public static Http1Selector create(Http1Settings settings, Collection<Http1Upgrader> upgraders) {
        return new Http1Selector(settings, upgraders.stream().collect(Collectors.toUnmodifiableMap(
                upgrader -> upgrader.supportedProtocol().toLowerCase(Locale.ROOT), Function.identity())), null);
    }

    @Override
    public int bytesToIdentifyConnection() {
        return 0;
    }

    @Override
    public Support supports(BufferData data) {
        return Support.SUPPORTED;
    }

    @Override
    public Set<String> supportedApplicationProtocols() {
        return Set.of("http/1.1", "http/1.0");
    }

    /** @param context a connection of our transport */
    @Override
    public ServerConnection connection(ConnectionContext context) {
        return new Http1Connection((Connection) context, settings, upgraders, newer);
    }
}
