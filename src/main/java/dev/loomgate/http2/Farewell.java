package dev.loomgate.http2;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicReference;

import dev.loomgate.transport.LeanSocket;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends a connection so that no request is lost (RFC 9113 section 6.8): the client is told to open no more streams, while those that
 * are on their way are still served; when it must have heard of it, it is told which was the last; and when that is served, the
 * connection closes. Safe for use by many threads.
 */
final class Farewell {
    private static final Logger LOGGER = LoggerFactory.getLogger(Farewell.class);
    private static final long PING = 0x4c6f6f6d67617465L;
    /** How long, in milliseconds, a client may take to answer the ping, and to close when all is said. */
    private static final long PATIENCE = 1_000;

    private enum Step {
        NONE, WARNED, SAYING, SAID, DONE
    }

    private final LeanSocket socket;
    private final FrameWriter writer;
    private final Streams streams;
    private final AtomicReference<Step> step = new AtomicReference<>(Step.NONE);
    private volatile long since;
    /** Whether there ever was a request: answers may still be on their way, though all have been written. */
    private volatile boolean answering;

    Farewell(LeanSocket socket, FrameWriter writer, Streams streams) {
        this.socket = socket;
        this.writer = writer;
        this.streams = streams;
    }

    /** Begins, on another thread; does nothing if it has begun. */
    void begin() {
        if (step.get() != Step.NONE) {
            return;
        }
        // before the step, which a sweep looks at first
        since = socket.now();
        if (step.compareAndSet(Step.NONE, Step.WARNED)) {
            Thread.ofVirtual().start(() -> {
                try {
                    writer.goAway(Integer.MAX_VALUE, ErrorCode.NO_ERROR);
                    writer.ping(false, PING);
                } catch (IOException e) {
                    LOGGER.debug("connection ended", e);
                }
            });
        }
    }

    /** The client has answered a ping: what it sent before it had heard of the end has come. */
    void answered(long data) {
        if (data == PING) {
            sayLast();
        }
    }

    private void sayLast() {
        if (step.compareAndSet(Step.WARNED, Step.SAYING)) {
            try {
                int last = streams.shut();
                answering = last > 0;
                writer.goAway(last, ErrorCode.NO_ERROR);
            } catch (IOException e) {
                LOGGER.debug("connection ended", e);
            }
            // not before: whoever ends the last request then ends the connection
            step.set(Step.SAID);
            if (streams.runningCount() == 0) {
                noRequestLeft();
            }
        }
    }

    /** The last request has ended that was worked on. */
    void noRequestLeft() {
        if (step.get() != Step.SAID || streams.runningCount() > 0) {
            return;
        }
        since = socket.now();
        if (step.compareAndSet(Step.SAID, Step.DONE)) {
            try {
                writer.shut();
            } catch (IOException e) {
                LOGGER.debug("connection ended", e);
            }
        }
    }

    /** Goes on without a client that does not answer. */
    void sweep() {
        Step now = step.get();
        if (now == Step.WARNED && socket.now() - since > PATIENCE) {
            Thread.ofVirtual().start(this::sayLast);
        } else if (now == Step.DONE && socket.now() - since > (answering ? socket.writeLimit() : PATIENCE)) {
            // to close while it reads would take from it what it has not received yet
            socket.close();
        }
    }
}
