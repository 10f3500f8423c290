package dev.loomgate.transport;

import java.util.Optional;

import javax.net.ssl.SSLSession;

/** A client that may have come over TLS. Implemented by what {@code ServerRequest.remotePeer()} returns; test with {@code instanceof}. */
public interface TlsPeer {
    /** What was agreed on with the client, and its certificates; empty for one that came without TLS. */
    Optional<SSLSession> session();
}
