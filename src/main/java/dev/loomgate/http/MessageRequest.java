package dev.loomgate.http;

import java.io.InputStream;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.function.UnaryOperator;

import dev.loomgate.transport.BodyLimit;
import dev.loomgate.transport.ClientWatch;
import dev.loomgate.transport.Connection;
import dev.loomgate.transport.RequestId;
import dev.loomgate.transport.RequestTimer;
import dev.loomgate.transport.RequestTrailers;
import dev.loomgate.transport.TimeLimit;
import dev.loomgate.transport.UpstreamTime;
import io.helidon.common.context.Context;
import io.helidon.common.socket.PeerInfo;
import io.helidon.common.uri.UriInfo;
import io.helidon.common.uri.UriQuery;
import io.helidon.http.Header;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Headers;
import io.helidon.http.HttpPrologue;
import io.helidon.http.Method;
import io.helidon.http.RequestedUriDiscoveryContext;
import io.helidon.http.RoutedPath;
import io.helidon.http.ServerRequestHeaders;
import io.helidon.http.Status;
import io.helidon.http.WritableHeaders;
import io.helidon.http.encoding.ContentDecoder;
import io.helidon.http.encoding.ContentEncodingContext;
import io.helidon.http.media.ReadableEntity;
import io.helidon.http.media.ReadableEntityBase;
import io.helidon.webserver.ListenerContext;
import io.helidon.webserver.ProxyProtocolData;
import io.helidon.webserver.http.HttpSecurity;
import io.helidon.webserver.http.RoutingRequest;
import io.helidon.webserver.http.ServerRequestEntity;

/**
 * One request, as handlers see it. For the thread that handles it, but for the body, which may be read by one other thread.
 * How it has come, and what of it depends on that, is for each version of HTTP.
 */
public abstract class MessageRequest implements RoutingRequest, ClientWatch, BodyLimit, TimeLimit, UpstreamTime, RequestId,
        RequestTrailers {
    /** Most bytes of a body that {@code content().buffer()} holds, as in Helidon. */
    private static final long MOST_BUFFERED = 64 * 1024;

    private final Connection connection;
    private final HttpSecurity security;
    private final Headers fields;
    private final Method method;
    private final String authority;
    private final RequestBody body;
    private final long maxBodyInMemory;
    private final int id;
    private final Expectation expectation;
    private final long begun;
    private ServerRequestHeaders headers;
    private WritableHeaders<?> changedHeaders;
    private HttpPrologue prologue;
    private RoutedPath path;
    private String matchingPattern;
    private Context context;
    private ReadableEntity content;
    private PeerInfo client;
    private String requestId;
    private long upstreamNanos = NONE;
    private UnaryOperator<InputStream> streamFilter = UnaryOperator.identity();

    /**
     * @param fields          header fields as they came
     * @param authority       host and port that the request is for; empty if it did not say
     * @param body            null if the request has none
     * @param maxBodyInMemory longest body in bytes that is read into memory as a whole
     * @param expectation     how the client is told to send the body; null if it does not wait for that
     * @param id              number of the request on its connection
     */
    protected MessageRequest(Connection connection, HttpSecurity security, HttpPrologue prologue, ServerRequestHeaders fields,
                             String authority, RequestBody body, long maxBodyInMemory, Expectation expectation, int id) {
        this.connection = connection;
        this.security = security;
        this.fields = fields;
        this.method = prologue.method();
        this.authority = authority;
        this.prologue = prologue;
        this.body = body;
        this.maxBodyInMemory = maxBodyInMemory;
        this.id = id;
        this.begun = connection.socket().now();
        this.headers = fields;
        this.expectation = expectation;
        if (expectation != null && !headers.contains(HeaderValues.EXPECT_100)) {
            // Helidon's error handling looks for these letters, and would else wait for a body that does not come
            header(HeaderValues.EXPECT_100);
        }
    }

    /** Whether the response has no body for its method. */
    public final boolean isHead() {
        return method == Method.HEAD;
    }

    /** Body, or null if there is none. */
    public final RequestBody body() {
        return body;
    }

    /** Whether the client has been told, or need not be told, to send its body. */
    @Override
    public final boolean continueSent() {
        return expectation == null || expectation.isMet();
    }

    /** The response begins. */
    public final void responseBegins() {
        if (expectation != null) {
            expectation.lapse();
        }
    }

    @Override
    public ReadableEntity content() {
        if (body == null) {
            return ReadableEntityBase.empty();
        }
        if (content == null) {
            ReadableEntity whole = ServerRequestEntity.create(this::bodyAskedFor, stream -> streamFilter.apply(stream),
                    decoder(), estimate -> body.next(), () -> { }, headers(), listenerContext().mediaContext(), MOST_BUFFERED);
            content = new RequestContent(whole, body, maxBodyInMemory);
        }
        return content;
    }

    private void bodyAskedFor(boolean toDrain) {
        // one that is too long anyway is refused without having been sent
        if (expectation != null && !body.isTooLong()) {
            expectation.meet();
        }
    }

    private ContentDecoder decoder() {
        ContentEncodingContext encodings = listenerContext().contentEncodingContext();
        if (encodings.contentDecodingEnabled() && headers.contains(HeaderNames.CONTENT_ENCODING)) {
            String coding = headers.get(HeaderNames.CONTENT_ENCODING).get();
            if (encodings.contentDecodingSupported(coding)) {
                return encodings.decoder(coding);
            }
        }
        return ContentDecoder.NO_OP;
    }

    @Override
    public void streamFilter(UnaryOperator<InputStream> filterFunction) {
        Objects.requireNonNull(filterFunction);
        UnaryOperator<InputStream> inner = streamFilter;
        streamFilter = stream -> filterFunction.apply(inner.apply(stream));
    }

    @Override
    public void limitBody(long bytes) {
        if (bytes < 0) {
            throw new IllegalArgumentException("a body limit of " + bytes + " bytes: 0 or more is needed");
        }
        if (body != null) {
            body.limit(bytes);
        }
    }

    @Override
    public final void countTooLong() {
        connection.countRefusal(Status.REQUEST_ENTITY_TOO_LARGE_413.code());
    }

    @Override
    public final RequestTimer limitTime(Duration limit) {
        return startTimer(begun + limit.toMillis());
    }

    /** Limits the time of the request up to this time of the socket's clock, in milliseconds. */
    protected abstract RequestTimer startTimer(long deadline);

    @Override
    public void upstreamTook(long nanos) {
        upstreamNanos = nanos;
    }

    @Override
    public long upstreamNanos() {
        return upstreamNanos;
    }

    @Override
    public Headers trailers() {
        return body == null ? WritableHeaders.create() : body.trailers();
    }

    @Override
    public String requestId() {
        if (requestId == null) {
            requestId = connection.origin().requestId(fields);
        }
        return requestId;
    }

    @Override
    public void reset() {
        // a body that the client was never told to send is settled when the response has been sent
    }

    @Override
    public boolean isSecure() {
        return connection.origin().isSecure(fields);
    }

    @Override
    public RoutedPath path() {
        return path;
    }

    @Override
    public RoutingRequest path(RoutedPath routedPath) {
        this.path = routedPath;
        return this;
    }

    @Override
    public HttpPrologue prologue() {
        return prologue;
    }

    @Override
    public RoutingRequest prologue(HttpPrologue newPrologue) {
        this.prologue = newPrologue;
        return this;
    }

    @Override
    public Optional<String> matchingPattern() {
        return Optional.ofNullable(matchingPattern);
    }

    @Override
    public RoutingRequest matchingPattern(String pattern) {
        this.matchingPattern = pattern;
        return this;
    }

    @Override
    public ServerRequestHeaders headers() {
        return headers;
    }

    @Override
    public void header(Header header) {
        if (changedHeaders == null) {
            changedHeaders = WritableHeaders.create(headers);
        }
        changedHeaders.set(header);
        headers = ServerRequestHeaders.create(changedHeaders);
    }

    @Override
    public UriQuery query() {
        return prologue.query();
    }

    @Override
    public String authority() {
        return authority;
    }

    @Override
    public UriInfo requestedUri() {
        return listenerContext().config().requestedUriDiscoveryContext()
                .orElseGet(() -> RequestedUriDiscoveryContext.builder().build())
                .uriInfo(remotePeer().address(), localPeer().address(), path.absolute().path(), headers, query(), isSecure());
    }

    @Override
    public Context context() {
        if (context == null) {
            context = Context.builder().parent(listenerContext().context()).id(socketId() + "-" + id).build();
        }
        return context;
    }

    @Override
    public int id() {
        return id;
    }

    @Override
    public HttpSecurity security() {
        return security;
    }

    @Override
    public PeerInfo remotePeer() {
        if (client == null) {
            // by the fields as they came: a handler's changes to them don't change who sent them
            client = connection.origin().client(fields);
        }
        return client;
    }

    @Override
    public PeerInfo localPeer() {
        return connection.localPeer();
    }

    @Override
    public String socketId() {
        return connection.childSocketId();
    }

    @Override
    public String serverSocketId() {
        return connection.socketId();
    }

    @Override
    public ListenerContext listenerContext() {
        return connection.listenerContext();
    }

    @Override
    public Optional<ProxyProtocolData> proxyProtocolData() {
        return connection.proxyProtocolData();
    }

    @Override
    public String toString() {
        return method + " " + prologue.uriPath().rawPath();
    }
}
