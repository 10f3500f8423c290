package dev.loomgate.http2;

import java.util.Set;

import dev.loomgate.transport.Connection;
import io.helidon.common.buffers.BufferData;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.spi.ServerConnection;
import io.helidon.webserver.spi.ServerConnectionSelector;

/** Speaks HTTP/2 on every connection that it is given. Immutable. */
public final class Http2Selector implements ServerConnectionSelector {
    /** What it is called when a protocol is agreed on with TLS (RFC 9113 section 3.2). */
    public static final String ALPN = "h2";

    private final Http2Settings settings;
    private final BodyMemory memory;

    private Http2Selector(Http2Settings settings, BodyMemory memory) {
        this.settings = settings;
        this.memory = memory;
    }

    /**
     * HTTP/2 within these limits.
     *
     * @param memory for bodies that wait for their handlers, which several may share
     */
    public static Http2Selector create(Http2Settings settings, BodyMemory memory) {
        return new Http2Selector(settings, memory);
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
        return Set.of(ALPN);
    }

    /** @param context a connection of our transport, whose threads are virtual */
    @Override
    public ServerConnection connection(ConnectionContext context) {
        return new Http2Connection((Connection) context, settings, memory);
    }
}
