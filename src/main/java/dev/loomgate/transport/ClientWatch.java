package dev.loomgate.transport;

/**
 * A request that can tell, while its handler waits for something else, that the client has gone. Implemented by the requests
 * of our connections; test with {@code instanceof}.
 */
public interface ClientWatch {
    /**
     * Watches the connection until the returned watch is closed. The watch begins when the request's body has been read to
     * its end (before that, reading the body fails if the client goes). A client that has closed its sending side counts as
     * gone, as nginx counts it: nothing on the wire tells it from one that closed both.
     *
     * <p>Over HTTP/2, it is the stream that is watched: it begins at once, ends when the client resets the stream or the connection
     * ends, and a client that has sent all of its request is none that has gone.
     *
     * <p>There is one watch at a time. It may begin, and so notice the client's going, up to a second after this returns: a
     * request that is answered sooner then costs no second thread.
     *
     * @param action run once at most, on another thread, when the client has gone; must not wait for the handler
     * @return the watch; one that is still open when the handler returns is closed then
     * @throws IllegalStateException if the request has an open watch
     */
    Watch onClientGone(Runnable action);

    /** A running watch. */
    interface Watch extends AutoCloseable {
        /** Ends the watch. When this returns, the action has either run to its end or never will. Idempotent. */
        @Override
        void close();
    }
}
