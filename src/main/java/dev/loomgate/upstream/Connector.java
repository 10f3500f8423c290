package dev.loomgate.upstream;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/** Connects to a program and tells its back-off how that went. Safe for use by many threads. */
final class Connector {
    private final Endpoint endpoint;
    private final Duration timeout;
    private final BackOff backOff;
    private final AtomicLong attempts = new AtomicLong();

    /** @param timeout how long an attempt may take */
    Connector(Endpoint endpoint, Duration timeout, BackOff backOff) {
        this.endpoint = endpoint;
        this.timeout = timeout;
        this.backOff = backOff;
    }

    /** How often it was tried. */
    long attempts() {
        return attempts.get();
    }

    /**
     * Tries once.
     *
     * @param attempt the caller's turn
     * @param limit   how long the caller can wait: an attempt that is cut short tells nothing about the program
     */
    SocketChannel connect(BackOff.Attempt attempt, Duration limit) throws IOException {
        attempts.incrementAndGet();
        boolean hurried = limit.compareTo(timeout) < 0;
        try {
            SocketChannel channel = endpoint.connect(hurried ? limit : timeout);
            backOff.succeeded();
            return channel;
        } catch (IOException e) {
            if (hurried && e instanceof SocketTimeoutException || Thread.currentThread().isInterrupted()) {
                backOff.undecided(attempt);
            } else {
                backOff.failed(attempt, e);
            }
            throw e;
        } catch (RuntimeException | Error e) {
            backOff.failed(attempt, new IOException(e));
            throw e;
        }
    }
}
