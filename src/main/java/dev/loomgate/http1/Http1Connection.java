package dev.loomgate.http1;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;

import dev.loomgate.http.Dispatch;
import dev.loomgate.http.Refusal;
import dev.loomgate.http.RequestBody;
import dev.loomgate.http.RequestPath;
import dev.loomgate.http.RequestQuery;
import dev.loomgate.http.ResponseHeaders;
import dev.loomgate.transport.Connection;
import dev.loomgate.transport.DeadlineException;
import io.helidon.common.buffers.BufferData;
import io.helidon.common.concurrency.limits.Limit;
import io.helidon.common.uri.UriFragment;
import io.helidon.http.HeaderValues;
import io.helidon.http.HttpPrologue;
import io.helidon.http.RequestException;
import io.helidon.http.Status;
import io.helidon.http.WritableHeaders;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http1.spi.Http1Upgrader;
import io.helidon.webserver.spi.ServerConnection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** An HTTP/1 connection from its first request to its last, on one thread. */
final class Http1Connection implements ServerConnection {
    private static final Logger LOGGER = LoggerFactory.getLogger(Http1Connection.class);
    private static final HttpRouting NO_ROUTING = HttpRouting.empty();
    /** What is read of a body that no handler wanted before the connection is given up instead. */
    private static final long MOST_DRAINED = 256 * 1024;
    private static final byte[] PREFACE = "PRI * HTTP/2.0\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1);
    private static final byte[] CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1);
    /** How long, in milliseconds, a closing connection listens on to a client that is silent, and to one that is not. */
    private static final long LINGER_SILENT = 2_000;
    private static final long LINGER_MOST = 10_000;

    private final Connection context;
    private final Http1Settings settings;
    private final Map<String, Http1Upgrader> upgraders;
    private final Function<ConnectionContext, ServerConnection> newer;
    private final RequestInput input;
    private final ResponseOutput output;
    private int requests;

    /** @param newer makes the protocol of a connection that turns out to speak HTTP/2; null if that is not spoken */
    Http1Connection(Connection context, Http1Settings settings, Map<String, Http1Upgrader> upgraders,
                    Function<ConnectionContext, ServerConnection> newer) {
        this.context = context;
        this.settings = settings;
        this.upgraders = upgraders;
        this.newer = newer;
        this.input = new RequestInput(context, settings);
        this.output = new ResponseOutput(context);
    }

    @Override
    public void handle(Limit limit) throws InterruptedException {
        try {
            while (input.awaitRequest()) {
                if (!serve(limit)) {
                    return;
                }
            }
        } catch (Refusal e) {
            if (!changeProtocol(e, limit)) {
                context.countRefusal(e.status().code());
                refuse(e.status(), e.getMessage());
            }
        } catch (DeadlineException e) {
            refuse(Status.REQUEST_TIMEOUT_408, "the request did not come in time");
        } catch (IOException e) {
            LOGGER.debug("connection ended", e);
        } finally {
            input.release();
            output.release();
        }
    }

    /** Hands a connection over that begins with the preface of HTTP/2, which is made so that HTTP/1 refuses it. */
    private boolean changeProtocol(Refusal refusal, Limit limit) throws InterruptedException {
        if (newer == null || requests > 0 || refusal.status() != Status.HTTP_VERSION_NOT_SUPPORTED_505
                || !input.beginsWith(PREFACE)) {
            return false;
        }
        context.pushBack(input.rest());
        input.release();
        newer.apply(context).handle(limit);
        return true;
    }

    /** Serves one request; returns whether another may follow. */
    private boolean serve(Limit limit) throws IOException, InterruptedException {
        RequestHead head = input.readHead();
        if (head == null) {
            return false;
        }
        if (!context.mayServe()) {
            throw new Refusal(Status.TOO_MANY_REQUESTS_429, "too many requests in a second on this connection");
        }
        requests++;
        if (head.path().equals("*")) {
            return answerForServer(head);
        }
        if (head.upgrade() != null && !head.hasBody() && upgrade(head, limit)) {
            return false;
        }
        HttpRouting routing = context.router().routing(HttpRouting.class, NO_ROUTING);
        var request = new Http1Request(this, routing.security(), head, prologue(head), body(head), requests);
        var response = new Http1Response(this, request, output);
        try {
            route(routing, request, response);
            if (response.successor() != null) {
                takeOver(response);
                return false;
            }
            return response.isComplete() ? settle(request, response) : abandon();
        } catch (CloseConnectionException e) {
            LOGGER.debug("connection ended", e);
            return response.isSent() ? false : abandon();
        } finally {
            response.release();
        }
    }

    private void route(HttpRouting routing, Http1Request request, Http1Response response) {
        context.beginRequest();
        try {
            Dispatch.route(routing, context, request, response);
        } finally {
            context.endRequest();
            context.endWatch();
        }
    }

    /** Ends a connection within a response, so that what was sent of it can't be taken for the whole. */
    private boolean abandon() {
        context.socket().abort();
        return false;
    }

    /** Deals with what is left of the request's body, and decides whether the connection goes on. */
    private boolean settle(Http1Request request, Http1Response response) throws IOException {
        RequestBody body = request.body();
        boolean keepAlive = response.isKeepAlive();
        boolean read = body == null || body.isComplete() || keepAlive && request.continueSent() && drain(body);
        if (keepAlive && read) {
            return true;
        }
        if (!read || input.available() > 0) {
            linger();
        }
        return false;
    }

    private static boolean drain(RequestBody body) {
        try {
            long drained = 0;
            for (BufferData run = body.next(); run != null; run = body.next()) {
                drained += run.available();
                if (drained > MOST_DRAINED) {
                    return false;
                }
            }
            return true;
        } catch (RequestException | CloseConnectionException e) {
            // the response is out already; what was wrong with the rest of the body is of no interest to anyone
            return false;
        }
    }

    /** Closes so that the client can read the response. */
    private void linger() {
        context.linger(LINGER_SILENT, LINGER_MOST);
    }

    private InputBody body(RequestHead head) {
        if (!head.hasBody()) {
            return null;
        }
        return head.bodyLength() == RequestHead.CHUNKED
                ? new ChunkedBody(input, settings.maxBody(), settings.maxHeader())
                : new InputBody.OfLength(input, settings.maxBody(), head.bodyLength());
    }

    private static HttpPrologue prologue(RequestHead head) {
        return HttpPrologue.create(head.http11() ? "HTTP/1.1" : "HTTP/1.0", "HTTP", head.http11() ? "1.1" : "1.0",
                head.method(), new RequestPath(head.path()),
                RequestQuery.of(head.query()), UriFragment.empty());
    }

    /** {@code OPTIONS *} asks about the server, not about anything it serves (RFC 9110 section 9.3.7). */
    private boolean answerForServer(RequestHead head) {
        boolean keepAlive = head.keepAlive() && !head.hasBody() && !context.isDraining();
        ResponseHead.write(output, Status.OK_200, new ResponseHeaders(), ResponseHead.Framing.LENGTH, 0, head.http11(),
                keepAlive);
        output.flush();
        if (head.hasBody()) {
            linger();
        }
        return keepAlive;
    }

    /** Hands the connection to another protocol until its end; returns whether one took it. */
    private boolean upgrade(RequestHead head, Limit limit) throws InterruptedException {
        for (String protocol : head.upgrade().split(",")) {
            Http1Upgrader upgrader = upgraders.get(protocol.strip().toLowerCase(Locale.ROOT));
            if (upgrader != null) {
                ServerConnection next = upgraded(upgrader, head);
                if (next != null) {
                    input.release();
                    next.handle(limit);
                    return true;
                }
            }
        }
        // RFC 9110 section 7.8: an upgrade that the server does not know, or does not want, is ignored
        return false;
    }

    private ServerConnection upgraded(Http1Upgrader upgrader, RequestHead head) {
        context.pushBack(input.rest());
        try {
            ServerConnection next = upgrader.upgrade(context, prologue(head), WritableHeaders.create(head.headers()));
            if (next == null) {
                context.pushBack(null);
            }
            return next;
        } catch (CloseConnectionException e) {
            throw e;
        } catch (RuntimeException e) {
            // an upgrader throws what comes to hand when the request is not as its protocol wants it
            LOGGER.atDebug().addKeyValue("protocol", upgrader.supportedProtocol()).setCause(e).log("upgrade failed");
            throw Refusal.badRequest("the upgrade to " + upgrader.supportedProtocol() + " is not possible with this request");
        }
    }

    /** Has the protocol spoken that a handler wants. */
    private void takeOver(Http1Response response) throws IOException {
        response.writeLast();
        byte[] rest = input.rest();
        input.release();
        response.successor().run(new UpgradedInput(context.socket(), rest), new RawStream(output));
        output.flush();
    }

    /** Answers what can't be served, and closes. */
    private void refuse(Status status, String reason) {
        LOGGER.atDebug().addKeyValue("status", status.code()).addKeyValue("reason", reason).log("request refused");
        try {
            byte[] text = (reason + "\n").getBytes(StandardCharsets.UTF_8);
            var headers = new ResponseHeaders();
            headers.set(HeaderValues.CONTENT_TYPE_TEXT_PLAIN);
            ResponseHead.write(output, status, headers, ResponseHead.Framing.LENGTH, text.length, true, false);
            output.put(text);
            output.flush();
            linger();
        } catch (CloseConnectionException e) {
            LOGGER.debug("client did not wait for the refusal", e);
        }
    }

    /** All that still comes from the client. */
    InputStream rawInput() {
        byte[] begun = input.rest();
        input.release();
        return new RawInputStream(context.socket(), begun);
    }

    /** Has the client send its body (RFC 9110 section 15.2.1). */
    void tellToContinue() throws IOException {
        context.socket().write(CONTINUE, 0, CONTINUE.length);
    }

    Http1Settings settings() {
        return settings;
    }

    Connection context() {
        return context;
    }

    /** Whether the response may leave the connection open, as far as the request and the server are concerned. */
    boolean mayKeepAlive(Http1Request request) {
        RequestBody body = request.body();
        boolean bodyInTheWay = body != null && !body.isComplete()
                && (!request.continueSent() || body.isBroken() || body.outstanding() > MOST_DRAINED);
        return request.wantsKeepAlive() && !bodyInTheWay && !context.isDraining();
    }

    @Override
    public Duration idleTime() {
        // idle connections are ended by the transport's sweep
        return Duration.ZERO;
    }

    @Override
    public void close(boolean interrupt) {
        context.socket().close();
    }
}
