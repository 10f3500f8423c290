package dev.loomgate.transport;

import java.io.OutputStream;

/**
 * A response whose bytes on the wire the handler can write itself, status line included, as an NPH script does (RFC 3875
 * section 5). Implemented by the responses of our HTTP/1 connections; test with {@code instanceof}.
 */
public interface RawOutput {
    /**
     * Takes over the connection's output for this response. The response counts as sent from now on, and the connection is
     * closed when the handler returns. The stream buffers; it writes to the client on {@code flush}, on {@code close} and
     * when its buffer is full, and what is left when the handler returns.
     *
     * @return the stream to the client
     * @throws IllegalStateException if a part of a response was already sent
     */
    OutputStream rawOutput();
}
