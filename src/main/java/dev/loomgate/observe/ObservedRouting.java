package dev.loomgate.observe;

import java.util.Objects;

import io.helidon.http.BadRequestException;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.RequestException;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.HttpSecurity;
import io.helidon.webserver.http.RoutingRequest;
import io.helidon.webserver.http.RoutingResponse;

/**
 * A routing whose requests are counted, whatever the protocol: it stands around all of it, so that filters and error handlers
 * are within. It is not there at all if nobody wants to know.
 */
final class ObservedRouting implements HttpRouting {
    /** The request's id, if something within the routing has given it one. */
    private static final HeaderName REQUEST_ID = HeaderNames.create("X-Request-Id");
    private static final int INTERNAL_ERROR = 500;

    private final HttpRouting routing;
    private final RequestStatistics statistics;
    private final RecentErrors errors;

    ObservedRouting(HttpRouting routing, RequestStatistics statistics, RecentErrors errors) {
        this.routing = Objects.requireNonNull(routing);
        this.statistics = statistics;
        this.errors = errors;
    }

    @Override
    public void route(ConnectionContext context, RoutingRequest request, RoutingResponse response) {
        long begun = System.nanoTime();
        int status = 0;
        try {
            routing.route(context, request, response);
            status = response.status().code();
        } catch (CloseConnectionException e) {
            // broken off, also if the status was sent
            throw e;
        } catch (RequestException e) {
            status = e.status().code();
            throw e;
        } catch (BadRequestException e) {
            status = e.status().code();
            throw e;
        } catch (RuntimeException e) {
            status = INTERNAL_ERROR;
            throw e;
        } finally {
            ended(request, response, status, System.nanoTime() - begun);
        }
    }

    private void ended(RoutingRequest request, RoutingResponse response, int status, long nanos) {
        String route = request.matchingPattern().orElse(null);
        String method = request.prologue().method().text();
        statistics.record(route, method, status, nanos, response.bytesWritten());
        if (status >= INTERNAL_ERROR) {
            errors.add(status, method, request.prologue().uriPath().rawPath(), route, request.remotePeer().host(),
                    idOf(request, response));
        }
    }

    private static String idOf(RoutingRequest request, RoutingResponse response) {
        return response.headers().contains(REQUEST_ID) ? response.headers().get(REQUEST_ID).get()
                : request.socketId() + "-" + request.id();
    }

    @Override
    public HttpSecurity security() {
        return routing.security();
    }

    @Override
    public void beforeStart() {
        routing.beforeStart();
    }

    @Override
    public void afterStop() {
        routing.afterStop();
    }
}
