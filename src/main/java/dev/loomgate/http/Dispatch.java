package dev.loomgate.http;

import java.nio.charset.StandardCharsets;

import io.helidon.http.BadRequestException;
import io.helidon.http.HeaderValues;
import io.helidon.http.RequestException;
import io.helidon.http.Status;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.http.HttpRouting;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Has a request handled, and answers what the handlers let fall. */
public final class Dispatch {
    private static final Logger LOGGER = LoggerFactory.getLogger(Dispatch.class);

    private Dispatch() {
    }

    /**
     * Runs the handlers of a routing.
     *
     * @throws CloseConnectionException if they failed when a part of the response had left: the client must see that it is broken
     */
    public static void route(HttpRouting routing, ConnectionContext context, MessageRequest request,
                             MessageResponse<?> response) {
        try {
            routing.route(context, request, response);
        } catch (CloseConnectionException e) {
            throw e;
        } catch (RequestException e) {
            failed(response, e.status(), e);
        } catch (BadRequestException e) {
            failed(response, e.status(), e);
        } catch (RuntimeException e) {
            LOGGER.atError().addKeyValue("request", request).setCause(e).log("request failed");
            failed(response, Status.INTERNAL_SERVER_ERROR_500, e);
        }
    }

    private static void failed(MessageResponse<?> response, Status status, RuntimeException failure) {
        if (!response.resetStream()) {
            throw new CloseConnectionException("the request failed within its response", failure);
        }
        response.headers().clear();
        response.header(HeaderValues.CONNECTION_CLOSE);
        response.header(HeaderValues.CONTENT_TYPE_TEXT_PLAIN);
        String reason = status.code() < 500 && failure.getMessage() != null ? failure.getMessage() : status.reasonPhrase();
        response.status(status).send((reason + "\n").getBytes(StandardCharsets.UTF_8));
    }
}
