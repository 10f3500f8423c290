package dev.loomgate.handler;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;

/**
 * What a client gets. Status and header fields may be set until the response begins to be sent: when it is flushed, when
 * more than 16 KB have been written, or when the handler returns. A small response is sent as a whole, with its length.
 */
public interface Response {
    /**
     * Sets the status; 200 if never set.
     *
     * @param status 200 to 599
     * @throws IllegalArgumentException if it is another number
     * @throws IllegalStateException    if the response has begun to be sent
     */
    Response status(int status);

    /** The status as set so far. */
    int status();

    /**
     * Sets a header field; values that it had are replaced.
     *
     * @throws IllegalArgumentException if the name is no token or the value has a control character (RFC 9110 section 5)
     * @throws IllegalStateException    if the response has begun to be sent
     */
    Response header(String name, String value);

    /** Adds a header field beside those of the same name that are there. Throws as {@link #header}. */
    Response addHeader(String name, String value);

    /**
     * Sets the media type. A {@code charset} in it is the one that {@link #out} writes; without one {@link #out} writes UTF-8
     * and says so in the field.
     *
     * @throws IllegalArgumentException if the character set doesn't exist
     * @throws IllegalStateException    if the response has begun to be sent, or {@link #out} writes another character set
     */
    Response contentType(String type);

    /**
     * Says how long the body will be. Needed only for a body over 16 KB whose length the client shall know beforehand.
     *
     * @param bytes 0 or more
     * @throws IllegalStateException if the response has begun to be sent
     */
    Response contentLength(long bytes);

    /** Sets a cookie for this host until the browser is closed, see {@link Cookie#of}. Throws as {@link #header}. */
    default Response cookie(String name, String value) {
        return cookie(Cookie.of(name, value));
    }

    /** Sets a cookie. Throws as {@link #header}. */
    Response cookie(Cookie cookie);

    /**
     * Sends the client elsewhere: 303 See Other after a POST, PUT, PATCH or DELETE, so that a reload doesn't repeat it, and
     * 302 Found otherwise. What was written so far is dropped.
     *
     * @param location absolute URI or a reference relative to the request's (RFC 9110 section 10.2.2)
     * @throws IllegalStateException if the response has begun to be sent
     */
    void redirect(String location);

    /** As {@link #redirect(String)} with a status of the caller's choice, 300 to 399. */
    void redirect(int status, String location);

    /**
     * The body as text. Every call returns the same writer; it writes the character set of {@link #contentType}.
     *
     * <p>Unlike any other PrintWriter it doesn't hide a failure: when the client has gone, writing throws
     * {@link java.io.UncheckedIOException}, so that a handler ends then as a CGI program ended by SIGPIPE.
     *
     * @throws IllegalStateException if {@link #outputStream} was called before
     */
    PrintWriter out();

    /**
     * The body as bytes. Every call returns the same stream.
     *
     * @throws IllegalStateException if {@link #out} was called before
     */
    OutputStream outputStream();

    /**
     * Sends what was written so far, status and header first. Flushing {@link #out} or {@link #outputStream} does the same.
     *
     * @throws IOException if the client has gone
     */
    void flush() throws IOException;

    /** Whether status and header have been sent, so that they can't be changed any more. */
    boolean committed();
}
