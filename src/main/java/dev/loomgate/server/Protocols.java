package dev.loomgate.server;

import java.util.List;
import java.util.Set;

import dev.loomgate.config.GuardConfig;
import dev.loomgate.http1.Http1Selector;
import dev.loomgate.http2.BodyMemory;
import dev.loomgate.http2.Http2Selector;
import dev.loomgate.transport.Connection;
import io.helidon.common.buffers.BufferData;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.spi.ServerConnection;
import io.helidon.webserver.spi.ServerConnectionSelector;

/**
 * Speaks with each client of a listener what that speaks: HTTP/2 if it was agreed on with TLS or the client begins with its preface
 * (RFC 9113 sections 3.2 and 3.3), HTTP/1 otherwise. Immutable.
 */
final class Protocols implements ServerConnectionSelector {
    private static final String HTTP1 = "http/1.1";

    private final Http1Selector http1;
    /** Null if it is not spoken. */
    private final Http2Selector http2;

    private Protocols(Http1Selector http1, Http2Selector http2) {
        this.http1 = http1;
        this.http2 = http2;
    }

    /**
     * @param http2  whether HTTP/2 is spoken as well
     * @param bodies memory for its bodies that wait for their handlers, which all listeners share
     */
    static Protocols of(GuardConfig guard, boolean http2, BodyMemory bodies) {
        Http1Selector first = Http1Selector.create(Settings.http1(guard));
        if (!http2) {
            return new Protocols(first, null);
        }
        Http2Selector second = Http2Selector.create(Settings.http2(guard), bodies);
        return new Protocols(first.changingTo(second::connection), second);
    }

    /** The protocols that are offered with TLS, the preferred one first. */
    static List<String> names(boolean http2) {
        return http2 ? List.of(Http2Selector.ALPN, HTTP1) : List.of(HTTP1);
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
        return Set.copyOf(names(http2 != null));
    }

    @Override
    public ServerConnection connection(ConnectionContext context) {
        boolean agreed = http2 != null && ((Connection) context).applicationProtocol().equals(Http2Selector.ALPN);
        return agreed ? http2.connection(context) : http1.connection(context);
    }
}
