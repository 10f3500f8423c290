package dev.loomgate.http1;

import io.helidon.http.Method;

/**
 * What the header of a request says, checked.
 *
 * @param method         request method
 * @param path           path of the target, percent-encoded as sent; {@code *} for a request about the server itself
 * @param query          query of the target without the question mark, or null
 * @param http11         HTTP/1.1 or later (true), HTTP/1.0 (false)
 * @param headers        header fields
 * @param hostOverridden whether the target names another host than the Host field does
 * @param authority      host and port that the request is for (RFC 9112 section 3.2); empty for HTTP/1.0 without Host
 * @param bodyLength     length of the body in bytes, 0 if there is none, {@link #CHUNKED} if its chunks say
 * @param keepAlive      whether the client wants the connection kept (RFC 9112 section 9.3)
 * @param expectContinue whether the client waits for 100 (Continue) before it sends the body
 * @param upgrade        protocols that the client would rather speak, or null
 */
record RequestHead(Method method, String path, String query, boolean http11, RequestHeaders headers,
                   boolean hostOverridden, String authority, long bodyLength, boolean keepAlive,
                   boolean expectContinue, String upgrade) {
    static final long CHUNKED = -1;

    boolean hasBody() {
        return bodyLength != 0;
    }
}
