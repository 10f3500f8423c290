package dev.loomgate.guard;

import io.helidon.webserver.http.ServerRequest;

/** Learns that the client of a request has gone, while the request waits. */
@FunctionalInterface
public interface ClientWatcher {
    /** Learns nothing. */
    ClientWatcher NONE = (request, onGone) -> () -> { };

    /**
     * Watches the client until the returned watch is closed.
     *
     * @param onGone run once at most, on any thread, when the client has gone
     */
    Watch watch(ServerRequest request, Runnable onGone);

    /** A running watch. */
    interface Watch extends AutoCloseable {
        /** Ends the watch. When this returns, the action has either run to its end or never will. */
        @Override
        void close();
    }
}
