package dev.loomgate.perf.work;

import java.io.IOException;

import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;

/** The handler for Helidon and for Loomgate, whose {@code handler: java} takes Helidon's handlers. */
public final class HelidonWork implements Handler {
    private final Work work = new Work();

    @Override
    public void handle(ServerRequest request, ServerResponse response) throws IOException {
        Answer answer = work.answer(request.path().absolute().rawPath());
        if (answer == null) {
            response.status(Status.NOT_FOUND_404).send();
            return;
        }
        response.header(HeaderNames.CONTENT_TYPE, answer.contentType());
        response.send(answer.body());
    }
}
