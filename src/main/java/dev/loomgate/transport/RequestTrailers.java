package dev.loomgate.transport;

import io.helidon.http.Headers;

/**
 * A request whose client may send fields behind the body (RFC 9110 section 6.5). Implemented by the requests of our HTTP/1
 * connections; test with {@code instanceof}.
 */
public interface RequestTrailers {
    /**
     * The fields behind the body, empty before it has been read to its end. Without those that would say too late how the message is
     * framed, where it goes, who sends it or what its content is (RFC 9110 section 6.5.1). For the thread that reads the body.
     */
    Headers trailers();
}
