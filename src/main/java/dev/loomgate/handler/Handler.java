package dev.loomgate.handler;

import java.util.Map;

/**
 * Answers requests: the type that an old CGI program, servlet or home-made handler is ported to.
 *
 * <p>The code is ordinary blocking code. Each request runs on a virtual thread of its own, so a handler may wait for a
 * database, a file or another server as long as it likes without keeping anyone else waiting.
 *
 * <pre>{@code
 * public final class Greeting implements Handler {
 *     @Override
 *     public void handle(Request request, Response response) throws Exception {
 *         String name = request.parameter("name");
 *         response.contentType("text/plain");
 *         response.out().println("Hello " + (name == null ? "world" : name));
 *     }
 * }
 * }</pre>
 *
 * <p>One instance serves all requests of its route, many at once: what requests share belongs into something thread-safe.
 */
@FunctionalInterface
public interface Handler {
    /**
     * Prepares the handler; called once, before the first request.
     *
     * @param settings the route's {@code settings}, unmodifiable, in the order of the configuration
     * @throws Exception if the handler can't work with them; the server then doesn't start
     */
    default void init(Map<String, String> settings) throws Exception {
    }

    /**
     * Prepares a handler that calls other servers; called instead of {@link #init(Map)}, which it calls by default.
     *
     * @param settings as there
     * @param backends the groups of servers of the configuration: {@code backends.http("name")}
     * @throws Exception as there
     */
    default void init(Map<String, String> settings, Backends backends) throws Exception {
        init(settings);
    }

    /**
     * Answers one request, from its first line to the last byte of the response. The request and the response are this
     * call's own: they must not be used by another thread or after the return.
     *
     * <p>A {@link Refusal} answers with its status. Any other exception is logged with the request and answered with 500;
     * if a part of the response has already gone out, the connection is broken off, so that no client takes the fragment
     * for the whole.
     *
     * @param request  what the client asked
     * @param response what it gets; nothing is sent before 16 KB are written or the response is flushed
     * @throws Exception if the request can't be answered
     */
    void handle(Request request, Response response) throws Exception;

    /**
     * Releases what {@link #init} took; called once, after the last request.
     *
     * @throws Exception is logged and ignored
     */
    default void close() throws Exception {
    }
}
