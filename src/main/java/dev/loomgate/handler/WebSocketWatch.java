package dev.loomgate.handler;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;

import io.helidon.webserver.CloseConnectionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks after the open sockets of a handler, with one virtual thread: asks those for a sign of life that have been silent, and ends
 * those that don't give it.
 */
final class WebSocketWatch implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(WebSocketWatch.class);

    /** Most nanoseconds between two looks. */
    private static final long SWEEP = 1_000_000_000;

    private final long idle;
    private final Set<Watched> open = ConcurrentHashMap.newKeySet();
    private final Thread sweeper;

    WebSocketWatch(Duration idle) {
        this.idle = idle.toNanos();
        this.sweeper = Thread.ofVirtual().name("loomgate-websockets").unstarted(this::sweep);
        sweeper.start();
    }

    /** One socket. */
    final class Watched implements AutoCloseable {
        private final OpenWebSocket socket;
        private final InputStream in;
        private volatile long seen = System.nanoTime();
        private volatile boolean late;
        private final BooleanSupplier draining;
        private boolean asked;
        private boolean dismissed;

        private Watched(OpenWebSocket socket, InputStream in, BooleanSupplier draining) {
            this.draining = draining;
            this.socket = socket;
            this.in = in;
        }

        void seen() {
            seen = System.nanoTime();
        }

        boolean isLate() {
            return late;
        }

        private void look(long now) {
            if (!dismissed && draining.getAsBoolean()) {
                dismissed = true;
                Thread.startVirtualThread(this::dismiss);
            }
            long silent = now - seen;
            if (silent >= idle) {
                late = true;
                close();
                closeInput();
            } else if (silent < idle / 2) {
                asked = false;
            } else if (!asked) {
                asked = true;
                // a client that does not read must not keep the others waiting
                Thread.startVirtualThread(this::ask);
            }
        }

        private void dismiss() {
            try {
                socket.close(1001, "the server stops");
            } catch (IOException | CloseConnectionException e) {
                LOGGER.debug("a client could not be told of the end", e);
            }
        }

        private void ask() {
            try {
                socket.ping();
            } catch (IOException | CloseConnectionException e) {
                LOGGER.debug("a socket can't be asked for a sign of life", e);
            }
        }

        private void closeInput() {
            try {
                in.close();
            } catch (IOException e) {
                LOGGER.debug("a silent socket can't be closed", e);
            }
        }

        @Override
        public void close() {
            open.remove(this);
        }
    }

    Watched add(OpenWebSocket socket, InputStream in, BooleanSupplier draining) {
        var watched = new Watched(socket, in, draining);
        open.add(watched);
        return watched;
    }

    private void sweep() {
        try {
            while (true) {
                Thread.sleep(Duration.ofNanos(Math.min(idle / 4, SWEEP)));
                long now = System.nanoTime();
                open.forEach(watched -> watched.look(now));
            }
        } catch (InterruptedException e) {
            LOGGER.debug("no sockets are looked after any more");
        }
    }

    /** Says goodbye to all that are open. */
    @Override
    public void close() {
        open.forEach(watched -> Thread.startVirtualThread(watched::dismiss));
        sweeper.interrupt();
    }
}
