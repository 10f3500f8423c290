package dev.loomgate.http1;

import java.io.InputStream;
import java.util.Objects;

import dev.loomgate.http.Expectation;
import dev.loomgate.http.MessageRequest;
import dev.loomgate.transport.Connection;
import dev.loomgate.transport.RawInput;
import dev.loomgate.transport.RequestTimer;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.HttpPrologue;
import io.helidon.webserver.http.HttpSecurity;

/** One request. For the thread that handles it, but for the body, which may be read by one other thread. */
final class Http1Request extends MessageRequest implements RawInput {
    private final Http1Connection connection;
    private final RequestHead head;
    private final InputBody body;

    /** @param body null if the request has none */
    Http1Request(Http1Connection connection, HttpSecurity security, RequestHead head, HttpPrologue prologue, InputBody body,
                 int id) {
        super(connection.context(), security, prologue, head.headers(), head.authority(), body,
                connection.settings().maxBodyInMemory(),
                head.expectContinue() ? new Expectation(connection::tellToContinue) : null, id);
        this.connection = connection;
        this.head = head;
        this.body = body;
        if (head.hostOverridden()) {
            // RFC 9112 section 3.2.2: what the target says goes before what Host says
            header(HeaderValues.create(HeaderNames.HOST, head.authority()));
        }
    }

    boolean isHttp11() {
        return head.http11();
    }

    boolean wantsKeepAlive() {
        return head.keepAlive();
    }

    @Override
    protected RequestTimer startTimer(long deadline) {
        return connection.context().startTimer(deadline);
    }

    @Override
    public InputStream rawInput() {
        if (body != null) {
            throw new IllegalStateException("the request has a body, which is what comes first");
        }
        return connection.rawInput();
    }

    @Override
    public Watch onClientGone(Runnable action) {
        Objects.requireNonNull(action);
        Connection context = connection.context();
        return context.watch(() -> body == null || body.isComplete(), action);
    }
}
