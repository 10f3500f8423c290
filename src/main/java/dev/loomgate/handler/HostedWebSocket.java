package dev.loomgate.handler;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;

import dev.loomgate.transport.Listener;
import dev.loomgate.transport.RequestId;
import dev.loomgate.transport.Takeover;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.HttpException;
import io.helidon.http.Method;
import io.helidon.http.ServerRequestHeaders;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A {@link WebSocketHandler} as a route of the server: the opening handshake (RFC 6455 section 4.2), and the handler's run. */
public final class HostedWebSocket implements io.helidon.webserver.http.Handler, AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(HostedWebSocket.class);
    private static final HeaderName KEY = HeaderNames.create("Sec-WebSocket-Key");
    private static final HeaderName ACCEPT = HeaderNames.create("Sec-WebSocket-Accept");
    private static final HeaderName VERSION = HeaderNames.create("Sec-WebSocket-Version");
    private static final HeaderName PROTOCOL = HeaderNames.create("Sec-WebSocket-Protocol");
    private static final String SALT = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

    private final WebSocketHandler handler;
    private final String mountPath;
    private final FormSettings forms;
    private final WebSocketSettings settings;
    private final WebSocketWatch watch;
    private final AtomicBoolean closed = new AtomicBoolean();

    private HostedWebSocket(WebSocketHandler handler, String mountPath, FormSettings forms, WebSocketSettings settings) {
        this.handler = handler;
        this.mountPath = mountPath;
        this.forms = forms;
        this.settings = settings;
        this.watch = new WebSocketWatch(settings.idle());
    }

    /**
     * Initialises a handler and makes a route of it.
     *
     * @param mountPath path that the route is at, decoded
     * @param values    what {@link WebSocketHandler#init} gets
     * @throws IllegalArgumentException if the handler can't work with the settings
     */
    public static HostedWebSocket start(WebSocketHandler handler, String mountPath, Map<String, String> values, FormSettings forms,
                                        WebSocketSettings settings) {
        try {
            handler.init(Collections.unmodifiableMap(values));
        } catch (Exception e) {
            throw new IllegalArgumentException("Handler " + handler.getClass().getName() + " can't start with settings "
                    + values.keySet() + ": " + e.getMessage(), e);
        }
        return new HostedWebSocket(handler, mountPath, forms, settings);
    }

    @Override
    public void handle(ServerRequest request, ServerResponse response) {
        ServerRequestHeaders headers = request.headers();
        if (request.prologue().method() != Method.GET || !names(headers, HeaderNames.UPGRADE, "websocket")
                || !names(headers, HeaderNames.CONNECTION, "upgrade") || !(response instanceof Takeover connection)) {
            throw refused(Status.UPGRADE_REQUIRED_426, "here is a WebSocket, over HTTP/1.1")
                    .header(HeaderValues.create(HeaderNames.UPGRADE, "websocket"));
        }
        if (!names(headers, VERSION, "13")) {
            throw refused(Status.UPGRADE_REQUIRED_426, "version 13 of the protocol is spoken here")
                    .header(HeaderValues.create(VERSION, "13"));
        }
        String key = headers.contains(KEY) && headers.get(KEY).valueCount() == 1 ? headers.get(KEY).get() : "";
        if (!key.matches("[A-Za-z0-9+/]{22}==")) {
            throw refused(Status.BAD_REQUEST_400, "Sec-WebSocket-Key must be 16 bytes in Base64");
        }
        if (!settings.allows(headers)) {
            throw refused(Status.FORBIDDEN_403, "pages of this origin may not connect");
        }
        String subprotocol = subprotocol(headers);
        if (subprotocol != null) {
            response.header(HeaderValues.create(PROTOCOL, subprotocol));
        }
        response.header(HeaderValues.create(HeaderNames.UPGRADE, "websocket"));
        response.header(HeaderValues.create(HeaderNames.CONNECTION, "Upgrade"));
        response.header(HeaderValues.create(ACCEPT, accept(key)));
        var head = new HostedRequest(request, mountPath, forms);
        ClassLoader loader = Thread.currentThread().getContextClassLoader();
        connection.takeOver((in, out) -> talk(request, head, in, out, subprotocol == null ? "" : subprotocol, loader));
    }

    private void talk(ServerRequest request, Request head, InputStream in, OutputStream out, String subprotocol, ClassLoader loader)
            throws IOException {
        out.flush();
        var socket = new OpenWebSocket(in, out, settings.maxMessage(), subprotocol, watch,
                () -> request.listenerContext() instanceof Listener listener && listener.isDraining());
        int code = 1011;
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        thread.setContextClassLoader(loader);
        try {
            handler.handle(head, socket);
            code = 1000;
        } catch (Exception | StackOverflowError | LinkageError | AssertionError e) {
            boolean gone = socket.closeCode() == WebSocket.BROKEN;
            (gone ? LOGGER.atDebug() : LOGGER.atError()).addKeyValue("request", RequestId.of(request))
                    .addKeyValue("path", head.path()).addKeyValue("handler", handler.getClass().getName()).setCause(e)
                    .log("handler failed, WebSocket closed");
        } finally {
            thread.setContextClassLoader(before);
            socket.end(code);
        }
    }

    private static HttpException refused(Status status, String what) {
        return new HttpException(status.reasonPhrase() + ": " + what, status, true);
    }

    private static boolean names(ServerRequestHeaders headers, HeaderName field, String token) {
        return elements(headers, field).anyMatch(token::equalsIgnoreCase);
    }

    private static Stream<String> elements(ServerRequestHeaders headers, HeaderName field) {
        return headers.all(field, List::of).stream().flatMap(value -> Arrays.stream(value.split(","))).map(String::strip)
                .filter(element -> !element.isEmpty());
    }

    private String subprotocol(ServerRequestHeaders headers) {
        List<String> offered = elements(headers, PROTOCOL).toList();
        String chosen = offered.isEmpty() ? null : handler.subprotocol(offered);
        if (chosen != null && !offered.contains(chosen)) {
            throw new IllegalStateException(handler.getClass().getName() + " chose the subprotocol '" + chosen
                    + "', which the client did not offer: " + offered);
        }
        return chosen;
    }

    private static String accept(String key) {
        try {
            MessageDigest sha1 = MessageDigest.getInstance("SHA-1");
            return Base64.getEncoder().encodeToString(sha1.digest((key + SALT).getBytes(StandardCharsets.ISO_8859_1)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-1", e);
        }
    }

    /** Says goodbye to all sockets, and closes the handler, once; what it throws is logged. */
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            watch.close();
            try {
                handler.close();
            } catch (Exception e) {
                LOGGER.atWarn().addKeyValue("handler", handler.getClass().getName()).setCause(e).log("handler failed to close");
            }
        }
    }
}
