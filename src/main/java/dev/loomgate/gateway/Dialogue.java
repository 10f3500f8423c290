package dev.loomgate.gateway;

import java.io.IOException;
import java.time.Duration;

/**
 * A request and its answer as a protocol writes them on one connection to a program. One thread sends, one (it may be the same)
 * reads; closing, which any thread may, wakes both.
 */
public interface Dialogue extends AutoCloseable {
    /**
     * Sends the request's header with the beginning of its body.
     *
     * @param body   array that holds the beginning, which may be empty
     * @param length number of bytes
     * @param whole  whether this is the whole body
     */
    void begin(byte[] body, int length, boolean whole) throws IOException;

    /** Sends more of the body. */
    void send(byte[] body, int length) throws IOException;

    /** The body has been sent as a whole; not called if {@link #begin} knew. */
    void endOfBody() throws IOException;

    /**
     * Reads what the program has written, waiting for the first byte if need be.
     *
     * @return number of bytes, or -1 at the end
     */
    int read(byte[] bytes, int offset, int length) throws IOException;

    /** Waits until there may be something to read; holds no buffer meanwhile. May return earlier. */
    default void await() throws IOException {
        // reading waits
    }

    /**
     * Waits until there is something to read, the output ends, or time is up. Must not be called while another thread sends.
     *
     * @return whether time is up: a read now would block
     */
    boolean pauses(Duration patience) throws IOException;

    /**
     * Fails if the end of the output was not the end of the answer, as far as the protocol can tell.
     *
     * @throws IOException if so
     */
    void confirmEnd() throws IOException;

    /** Whether anything has gone to the other side. */
    boolean isSent();

    /** Whether the other side has sent anything. */
    boolean isAnswered();

    /** Whether a failure before any answer may only mean that the program closed a connection that was kept for too long. */
    boolean isReused();

    /** Whether the request and its answer are complete, and the connection can take another request. */
    default boolean isReusable() {
        return false;
    }

    /** All has been said; the connection may belong to another request now. Called once, by the thread that has read. */
    default void done() {
        // nothing to put away
    }

    /** Breaks it off. Any number of times. */
    @Override
    void close();
}
