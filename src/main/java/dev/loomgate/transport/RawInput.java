package dev.loomgate.transport;

import java.io.InputStream;

/**
 * A request behind whose header the client speaks another protocol, once the response has said so. Implemented by the requests of
 * our HTTP/1 connections; test with {@code instanceof}.
 */
public interface RawInput {
    /**
     * Takes over the connection's input, for a request without a body whose response is written by {@link RawOutput}. It may be
     * read by another thread than the request's; a read ends when the connection is closed, which is when the handler returns.
     *
     * @return what the client sends behind the header, as it comes
     * @throws IllegalStateException if the request has a body
     */
    InputStream rawInput();
}
