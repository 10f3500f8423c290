package dev.loomgate.transport;

/**
 * A request whose body may be limited after its header was read, by the route that it is for. Implemented by the requests of
 * our connections; test with {@code instanceof}.
 */
public interface BodyLimit {
    /**
     * Sets the most bytes that the body may have, instead of the listener's limit. Has an effect until the body is first
     * read; reading a longer one fails with 413 (Content Too Large).
     *
     * @param bytes 0 or more
     */
    void limitBody(long bytes);

    /** Counts a body that a handler refuses, as longer than it takes itself: bodies above the limit set here are counted as it is. */
    void countTooLong();
}
