package dev.loomgate.route;

import io.helidon.http.HeaderNames;
import io.helidon.http.Method;
import io.helidon.http.NotFoundException;
import io.helidon.http.Status;
import io.helidon.webserver.http.RoutingRequest;
import io.helidon.webserver.http.RoutingResponse;

/** Answers to requests that no route takes. */
final class Refusal {
    private Refusal() {
    }

    /** Nothing is at this path: left to Helidon's error handling, so that every 404 of a server looks alike. */
    static NotFoundException notFound() {
        return new NotFoundException("Not Found");
    }

    /** 405 with {@code Allow} (RFC 9110 section 15.5.6), or what {@code OPTIONS} asks for (section 9.3.7). */
    static void methodNotAllowed(String allow, RoutingRequest request, RoutingResponse response) {
        response.header(HeaderNames.ALLOW, allow);
        if (request.prologue().method().equals(Method.OPTIONS)) {
            response.status(Status.NO_CONTENT_204).send();
            return;
        }
        response.status(Status.METHOD_NOT_ALLOWED_405).send("Method Not Allowed: this address takes " + allow + "\n");
    }
}
