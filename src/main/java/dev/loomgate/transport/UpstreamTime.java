package dev.loomgate.transport;

/**
 * A request that remembers how long something behind the server took to begin its answer. Implemented by the requests of our
 * connections; test with {@code instanceof}. For the thread that handles the request.
 */
public interface UpstreamTime {
    /** Nothing behind the server was asked. */
    long NONE = -1;

    /**
     * Something behind the server begins to answer.
     *
     * @param nanos how long that took, in nanoseconds; instead of what was said before
     */
    void upstreamTook(long nanos);

    /** How long that took, in nanoseconds; {@link #NONE} if nothing was asked. */
    long upstreamNanos();
}
