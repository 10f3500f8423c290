package dev.loomgate.handler;

import java.io.IOException;

/**
 * An open WebSocket (RFC 6455), for blocking code: receive, and send, on the connection's own virtual thread. {@link #receive} is
 * for one thread; the methods that send may be called by any thread, such as one that passes a message on to many sockets.
 */
public interface WebSocket {
    /** Close code of a peer that said none (RFC 6455 section 7.4.1). */
    int NO_CODE = 1005;
    /** Close code of a connection that broke. */
    int BROKEN = 1006;

    /** What a client sends. */
    sealed interface Message {
    }

    /** A text message. */
    record Text(String text) implements Message {
    }

    /** A binary message. The array is the receiver's. */
    record Binary(byte[] bytes) implements Message {
    }

    /**
     * Waits for the next message. Pings are answered, and fragments put together, meanwhile.
     *
     * @return the message, or {@code null} when the socket is closed; {@link #closeCode} says why
     * @throws IOException if the connection broke
     */
    Message receive() throws IOException;

    /**
     * Sends a text message; waits while the client reads too slowly.
     *
     * @throws IOException if the client has gone, or the socket is closed
     */
    void send(String text) throws IOException;

    /** Sends a binary message, as {@link #send(String)} does. */
    void send(byte[] bytes) throws IOException;

    /**
     * Begins to close: nothing can be sent after this, and {@link #receive} answers {@code null} when the client has agreed.
     * The server does so itself, with code 1000, when the handler returns.
     *
     * @param code   1000, 1001, 1003, 1007 to 1014, or 3000 to 4999
     * @param reason at most 123 bytes in UTF-8
     * @throws IllegalArgumentException if the code can't be sent, or the reason is too long
     */
    void close(int code, String reason) throws IOException;

    /** Why the socket was closed: the code of the client, {@link #NO_CODE} or {@link #BROKEN}; 0 while it is open. */
    int closeCode();

    /** The client's words on why it closed; empty if it said none. */
    String closeReason();

    /** The subprotocol that was agreed on; empty if none. */
    String subprotocol();
}
