package dev.loomgate.transport;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/**
 * A response after which the connection speaks another protocol (RFC 9110 section 7.8). Implemented by the responses of our HTTP/1
 * connections; test with {@code instanceof}.
 */
public interface Takeover {
    /** What is spoken from then on. */
    interface Protocol {
        /**
         * Speaks it, on the connection's thread, until it ends; the connection is closed then. The limits of a request hold no
         * more: neither its time nor its place among those that run at once.
         *
         * @param in  what the client sends; reading parks, and closing, by any thread, ends the connection
         * @param out to the client; it buffers, and sends on {@code flush}
         * @throws IOException if the client has gone
         */
        void run(InputStream in, OutputStream out) throws IOException;
    }

    /**
     * Answers with status 101 and the fields that the response has, of which {@code Upgrade} and {@code Connection} should be
     * two, as soon as the handler returns, and has the protocol spoken.
     *
     * @throws IllegalStateException if a part of a response was already sent
     */
    void takeOver(Protocol protocol);
}
