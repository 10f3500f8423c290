package dev.loomgate.transport;

import java.time.Duration;

/**
 * A request whose time in all may be limited by the route that it is for. Implemented by the requests of our
 * connections; test with {@code instanceof}.
 */
public interface TimeLimit {
    /**
     * Limits the time of the request, counted from the end of its header. When it is over, up to a second later, the calling
     * thread is interrupted, and no response can begin any more; two seconds after that the connection is broken off, if the
     * limit has not been {@linkplain RequestTimer#end() ended} by then. For one limit at a time.
     *
     * @param limit above zero
     * @return the running limit, to be ended by the calling thread
     */
    RequestTimer limitTime(Duration limit);
}
