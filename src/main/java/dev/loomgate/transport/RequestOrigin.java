package dev.loomgate.transport;

import java.net.InetSocketAddress;

import dev.loomgate.guard.TrustedProxies;
import io.helidon.common.socket.PeerInfo;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.Headers;

/**
 * Whom the requests of a connection are from. Where a trusted proxy sends them, that is what their header fields say, as they came.
 * Safe for use by many threads.
 */
public final class RequestOrigin {
    private static final HeaderName REQUEST_ID = HeaderNames.create("X-Request-Id");

    private final LeanSocket socket;
    private final TrustedProxies trusted;

    RequestOrigin(LeanSocket socket, TrustedProxies trusted) {
        this.socket = socket;
        this.trusted = trusted;
    }

    /** The client: whom the proxy named, if one sent the request. */
    public PeerInfo client(Headers headers) {
        PeerInfo peer = socket.remotePeer();
        if (trusted.readsFields() && peer.address() instanceof InetSocketAddress sender) {
            InetSocketAddress client = trusted.clientOf(sender, headers);
            return client == sender ? peer : new SocketPeer(client, socket.session());
        }
        return peer;
    }

    /** The request's name: that which the proxy gave it; else a new one. */
    public String requestId(Headers headers) {
        if (headers.contains(REQUEST_ID) && socket.remotePeer().address() instanceof InetSocketAddress sender
                && trusted.trusts(sender.getAddress())) {
            String given = headers.get(REQUEST_ID).get();
            if (RequestId.isValid(given)) {
                return given;
            }
        }
        return RequestId.make();
    }

    /** Whether the request came over TLS: to this server, or to the proxy, if that says so. */
    public boolean isSecure(Headers headers) {
        return socket.isSecure() || trusted.readsFields() && socket.remotePeer().address() instanceof InetSocketAddress sender
                && trusted.saysSecure(sender, headers);
    }
}
