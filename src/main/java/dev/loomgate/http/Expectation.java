package dev.loomgate.http;

import java.io.IOException;
import java.util.concurrent.locks.ReentrantLock;

import io.helidon.webserver.ServerConnectionException;

/**
 * A client's wish to be told before it sends its body (RFC 9110 section 10.1.1). It is told when the body is first asked for,
 * and never when the response has begun: the two may come from different threads.
 */
public final class Expectation {
    /** Writes 100 (Continue) as the version of HTTP has it. */
    public interface Teller {
        /** @throws IOException if the client can't be written to */
        void tell() throws IOException;
    }

    private final ReentrantLock lock = new ReentrantLock();
    private final Teller teller;
    private boolean lapsed;
    private volatile boolean met;

    /** @param teller called once at most */
    public Expectation(Teller teller) {
        this.teller = teller;
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
                teller.tell();
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
