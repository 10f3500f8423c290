package dev.loomgate.server;

import java.nio.charset.StandardCharsets;
import java.util.List;

import dev.loomgate.config.RouteConfig;
import io.helidon.http.Header;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Status;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;

/** Always answers the same. */
final class Respond implements Handler {
    private final Status status;
    private final Header contentType;
    private final List<Header> headers;
    private final byte[] body;

    Respond(RouteConfig.Respond config) {
        this.status = Status.create(config.status());
        this.contentType = HeaderValues.createCached(HeaderNames.CONTENT_TYPE, config.contentType());
        this.headers = config.headers().entrySet().stream()
                .map(entry -> HeaderValues.createCached(entry.getKey(), entry.getValue())).toList();
        this.body = config.body().getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public void handle(ServerRequest request, ServerResponse response) {
        response.status(status);
        if (body.length > 0) {
            response.header(contentType);
        }
        for (Header header : headers) {
            response.header(header);
        }
        response.send(body);
    }
}
