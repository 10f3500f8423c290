package dev.loomgate.handler;

import java.util.List;
import java.util.Map;

/**
 * Talks to clients over WebSockets: ordinary blocking code, one virtual thread for each socket.
 *
 * <pre>{@code
 * public final class Echo implements WebSocketHandler {
 *     @Override
 *     public void handle(Request request, WebSocket socket) throws Exception {
 *         for (var message = socket.receive(); message != null; message = socket.receive()) {
 *             if (message instanceof WebSocket.Text(String text)) {
 *                 socket.send(text);
 *             }
 *         }
 *     }
 * }
 * }</pre>
 *
 * <p>One instance serves all sockets of its route, many at once. The route's settings {@code websocket.*} limit what a client may
 * do; see {@code conf/README.md}.
 */
@FunctionalInterface
public interface WebSocketHandler {
    /**
     * Prepares the handler; called once.
     *
     * @param settings the route's {@code settings}
     * @throws Exception if the handler can't work with them; the server then doesn't start
     */
    default void init(Map<String, String> settings) throws Exception {
    }

    /**
     * Chooses one of the subprotocols that a client offers (RFC 6455 section 1.9).
     *
     * @param offered in the client's order
     * @return one of them, or {@code null} for none
     */
    default String subprotocol(List<String> offered) {
        return null;
    }

    /**
     * Talks to one client until the socket is closed, or this returns: then it is closed with code 1000, after an exception with
     * 1011.
     *
     * @param request the request that opened it; only its head, which stays valid
     * @param socket  the open socket
     * @throws Exception is logged
     */
    void handle(Request request, WebSocket socket) throws Exception;

    /**
     * Releases what {@link #init} took; called once.
     *
     * @throws Exception is logged and ignored
     */
    default void close() throws Exception {
    }
}
