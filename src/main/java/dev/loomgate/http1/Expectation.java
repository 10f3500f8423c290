package dev.loomgate.http1;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.locks.ReentrantLock;

import dev.loomgate.transport.LeanSocket;
import io.helidon.webserver.ServerConnectionException;

/**
 * A client's wish to be told before it sends its body (RFC 9110 section 10.1.1). It is told when the body is first asked for,
 * and never when the response has begun: the two may come from different threads.
 */
final class Expectation {
    private static final byte[] CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1);

    private final ReentrantLock lock = new ReentrantLock();
    private final LeanSocket socket;
    private boolean lapsed;
    private volatile boolean met;

    Expectation(LeanSocket socket) {
        this.socket = socket;
    }

    /** Whether the client has been told to send its body. */
    boolean isMet() {
        return met;
    }

    /** Tells the client to go on, unless it has been told, or the response says all there is to say. */
    void meet() {
        lock.lock();
        try {
            if (!met && !lapsed) {
                met = true;
                socket.write(CONTINUE, 0, CONTINUE.length);
            }
        } catch (IOException e) {
            throw new ServerConnectionException("the client could not be told to go on", e);
        } finally {
            lock.unlock();
        }
    }

    /** The response begins: from now on, 100 would be taken for a part of it. */
    void lapse() {
        lock.lock();
        try {
            lapsed = true;
        } finally {
            lock.unlock();
        }
    }
}
