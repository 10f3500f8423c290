package dev.loomgate.proxy;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

import dev.loomgate.transport.ClientWatch;
import dev.loomgate.upstream.Lease;
import dev.loomgate.upstream.http.Field;
import dev.loomgate.upstream.http.HttpExchange;
import dev.loomgate.upstream.http.ResponseBody;
import dev.loomgate.upstream.http.ResponseHead;
import io.helidon.common.socket.SocketWriterException;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Status;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;

/**
 * Passes a server's response back to the client. Holds one buffer of it at most, and sends on what there is as soon as the server
 * pauses: events of a stream arrive when they happen. For one response, and one thread at a time.
 */
final class Relay {
    private static final int BUFFER = 16 * 1024;

    /** What a trailer must not say, since it would come too late (RFC 9110 section 6.5.1). */
    private static final Set<String> NO_TRAILERS = Set.of("transfer-encoding", "content-length", "host", "connection", "trailer",
            "content-encoding", "content-type", "content-range", "authorization", "set-cookie", "cache-control", "te", "upgrade");

    private final ServerRequest request;
    private final ServerResponse response;
    private final PathMapping paths;
    private final ProxySettings settings;
    private final List<String> protocols;
    private volatile boolean begun;

    /** @param protocols what the server may change to */
    Relay(ServerRequest request, ServerResponse response, PathMapping paths, ProxySettings settings, List<String> protocols) {
        this.request = request;
        this.response = response;
        this.paths = paths;
        this.settings = settings;
        this.protocols = protocols;
    }

    /** Whether a part of the response may have gone to the client. */
    boolean hasBegun() {
        return begun;
    }

    /**
     * Passes the response back to its end.
     *
     * @param watch ends before another protocol begins
     * @throws IOException if the server fails; {@link ClientGone} if the client does
     */
    void relay(ResponseHead head, HttpExchange exchange, Lease lease, ClientWatch.Watch watch) throws IOException {
        if (head.status() == 101) {
            requireAskedFor(head);
            watch.close();
            begun = true;
            lease.succeeded(false);
            new Tunnel(request, response, lease.connection(), settings.timeout()).run(head, exchange.rest());
            return;
        }
        ResponseBody body = exchange.body();
        if (head.length() >= 0 && body.available() >= head.length()) {
            byte[] whole = body.readNBytes((int) head.length());
            if (!exchange.isSending()) {
                // others need not wait for the client to take it
                lease.succeeded(exchange.isReusable());
                lease.close();
            }
            setHeader(head, lease);
            begun = true;
            toClient(() -> response.send(whole));
            return;
        }
        setHeader(head, lease);
        if (head.length() > 0) {
            response.contentLength(head.length());
        }
        begun = true;
        stream(body);
        lease.succeeded(exchange.isReusable() && !exchange.isSending());
    }

    /** RFC 9110 section 7.8: only what the client has asked for. */
    private void requireAskedFor(ResponseHead head) throws IOException {
        for (Field field : head.fields()) {
            if (field.header() == HeaderNames.UPGRADE
                    && protocols.stream().noneMatch(one -> nameOf(one).equalsIgnoreCase(nameOf(field.value())))) {
                throw new IOException("it changes to the protocol '" + field.value() + "', which the client has not asked for");
            }
        }
    }

    private static String nameOf(String protocol) {
        int slash = protocol.indexOf('/');
        return (slash < 0 ? protocol : protocol.substring(0, slash)).strip();
    }

    private void stream(ResponseBody body) throws IOException {
        OutputStream client = response.outputStream();
        byte[] buffer = new byte[BUFFER];
        // the server may take its time for the body too
        toClient(client::flush, body);
        for (int count = body.read(buffer); count >= 0; count = body.read(buffer)) {
            int length = count;
            toClient(() -> client.write(buffer, 0, length));
            toClient(client::flush, body);
        }
        List<Field> trailers = body.trailers();
        if (!trailers.isEmpty() && (response.headers().contains(HeaderNames.TRAILER) || asksForTrailers())) {
            for (Field field : trailers) {
                if (!NO_TRAILERS.contains(field.header().lowerCase())) {
                    response.trailers().add(HeaderValues.create(field.header(), field.value()));
                }
            }
        }
        toClient(client::close);
    }

    private boolean asksForTrailers() {
        return request.headers().contains(HeaderValues.TE_TRAILERS);
    }

    private void setHeader(ResponseHead head, Lease lease) {
        HopByHop hopByHop = hopByHop(head);
        for (Field field : head.fields()) {
            HeaderName name = field.header();
            if (name == HeaderNames.CONTENT_LENGTH) {
                setLength(head, field);
            } else if (name == HeaderNames.TRAILER && head.length() == ResponseHead.CHUNKED) {
                response.headers().add(HeaderValues.create(name, field.value()));
            } else if (!hopByHop.contains(name.lowerCase())) {
                boolean place = name == HeaderNames.LOCATION || name.lowerCase().equals("content-location");
                response.headers().add(HeaderValues.create(name, place ? location(field.value(), lease) : field.value()));
            }
        }
        Status status = Status.create(head.status());
        response.status(head.reason().isEmpty() || head.reason().equals(status.reasonPhrase()) ? status
                : Status.create(head.status(), head.reason()));
    }

    private static HopByHop hopByHop(ResponseHead head) {
        List<String> connection = List.of();
        for (Field field : head.fields()) {
            if (field.header() == HeaderNames.CONNECTION) {
                connection = connection.isEmpty() ? List.of(field.value())
                        : Stream.concat(connection.stream(), Stream.of(field.value())).toList();
            }
        }
        return HopByHop.of(connection);
    }

    /** What answers HEAD has no body, but says how long it would be. */
    private void setLength(ResponseHead head, Field field) {
        if (head.length() == 0 && request.prologue().method().equals(io.helidon.http.Method.HEAD)) {
            response.contentLength(Long.parseLong(field.value()));
        }
    }

    /** A place on the server behind this one is called otherwise here. */
    private String location(String value, Lease lease) {
        String own = "http://" + RequestHeader.hostOf(lease.backend());
        String path = value.startsWith(own + '/') ? value.substring(own.length()) : value.equals(own) ? "/" : value;
        if (path.startsWith("//") || !path.startsWith("/")) {
            return value;
        }
        return paths.toClient(path).orElse(value);
    }

    private static void toClient(ClientWrite write, ResponseBody body) throws IOException {
        if (body.pauses()) {
            toClient(write);
        }
    }

    /** Tells a failure of the client from one of the server. */
    private static void toClient(ClientWrite write) throws ClientGone {
        try {
            write.run();
        } catch (IOException | UncheckedIOException | CloseConnectionException | SocketWriterException e) {
            throw new ClientGone(e);
        }
    }

    private interface ClientWrite {
        void run() throws IOException;
    }

    /** The client can't be written to. */
    static final class ClientGone extends IOException {
        private static final long serialVersionUID = 1;

        ClientGone(Throwable cause) {
            super("the response can't be written to the client: " + cause, cause);
        }
    }
}
