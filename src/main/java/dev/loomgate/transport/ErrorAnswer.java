package dev.loomgate.transport;

import java.nio.charset.StandardCharsets;

import io.helidon.http.DirectHandler;
import io.helidon.http.Header;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.ServerResponseHeaders;
import io.helidon.http.Status;
import io.helidon.webserver.http.DirectHandlers;

/**
 * What is answered when a handler ends with an exception that nothing else handles: a line of plain text. It is the message of
 * the exception where that was meant for the client, and never for a 500: there it tells of files, classes and addresses, and
 * belongs into the log, where Helidon has written it.
 */
final class ErrorAnswer implements DirectHandler {
    private static final Header TEXT = HeaderValues.createCached(HeaderNames.CONTENT_TYPE, "text/plain; charset=utf-8");

    private ErrorAnswer() {
    }

    /** This answer for all that can go wrong. */
    static DirectHandlers forAll() {
        var answer = new ErrorAnswer();
        DirectHandlers.Builder handlers = DirectHandlers.builder();
        for (EventType type : EventType.values()) {
            handlers.addHandler(type, answer);
        }
        return handlers.build();
    }

    @Override
    public TransportResponse handle(TransportRequest request, EventType type, Status status, ServerResponseHeaders headers,
                                    String message) {
        boolean secret = message == null || message.isEmpty() || type == EventType.INTERNAL_ERROR
                || status.code() == Status.INTERNAL_SERVER_ERROR_500.code();
        String line = (secret ? status.reasonPhrase() : message) + "\n";
        if (!headers.contains(HeaderNames.CONTENT_TYPE)) {
            headers.set(TEXT);
        }
        // the message may quote the request: no browser is to find HTML in it
        headers.set(HeaderValues.X_CONTENT_TYPE_OPTIONS_NOSNIFF);
        return TransportResponse.builder().status(status).headers(headers).entity(line.getBytes(StandardCharsets.UTF_8)).build();
    }
}
