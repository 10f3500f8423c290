package dev.loomgate.http2;

import java.util.Objects;

import dev.loomgate.http.Expectation;
import dev.loomgate.http.MessageRequest;
import dev.loomgate.http.RequestPath;
import dev.loomgate.http.RequestQuery;
import dev.loomgate.transport.Connection;
import dev.loomgate.transport.RequestTimer;
import dev.loomgate.transport.StreamServing;
import io.helidon.common.uri.UriFragment;
import io.helidon.http.HttpPrologue;
import io.helidon.webserver.http.HttpSecurity;

/** One request of a stream. For the thread that handles it, but for the body, which may be read by one other thread. */
final class Http2Request extends MessageRequest {
    private final StreamServing serving;
    private final Http2Stream stream;

    /**
     * @param body        null if the request has none
     * @param expectation null if the client does not wait before it sends the body
     */
    Http2Request(Connection connection, HttpSecurity security, RequestFields.RequestHead head, StreamBody body,
                 Http2Settings settings, Expectation expectation, StreamServing serving, Http2Stream stream) {
        super(connection, security, prologue(head), head.headers(), head.authority(), body, settings.maxBodyInMemory(),
                expectation, stream.id());
        this.serving = serving;
        this.stream = stream;
    }

    private static HttpPrologue prologue(RequestFields.RequestHead head) {
        return HttpPrologue.create("HTTP/2.0", "HTTP", "2.0", head.method(), new RequestPath(head.path()),
                RequestQuery.of(head.query()), UriFragment.empty());
    }

    @Override
    protected RequestTimer startTimer(long deadline) {
        return serving.startTimer(deadline);
    }

    @Override
    public Watch onClientGone(Runnable action) {
        return stream.watch().watch(Objects.requireNonNull(action));
    }
}
