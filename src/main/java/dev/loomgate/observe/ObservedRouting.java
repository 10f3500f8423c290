package dev.loomgate.observe;

import java.util.Objects;

import io.helidon.http.BadRequestException;
import io.helidon.http.RequestException;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.HttpSecurity;
import io.helidon.webserver.http.RoutingRequest;
import io.helidon.webserver.http.RoutingResponse;
import io.opentelemetry.api.trace.Span;

/**
 * A routing whose requests are counted, whatever the protocol: it stands around all of it, so that filters and error handlers
 * are within. It is not there at all if nobody wants to know.
 */
final class ObservedRouting implements HttpRouting {
    private static final int INTERNAL_ERROR = 500;

    private final HttpRouting routing;
    private final Observers observers;

    ObservedRouting(HttpRouting routing, Observers observers) {
        this.routing = Objects.requireNonNull(routing);
        this.observers = observers;
    }

    @Override
    public void route(ConnectionContext context, RoutingRequest request, RoutingResponse response) {
        long begun = System.nanoTime();
        Span span = observers.tracing() == null ? null : observers.tracing().begin(request);
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
            ended(new Access(request, response, status, response.bytesWritten(), begun, System.nanoTime(),
                    observers.upstreamNanos(), observers.requestId()));
            if (span != null) {
                Tracing.end(span, request, request.matchingPattern().orElse(null), status, response.bytesWritten());
            }
        }
    }

    private void ended(Access access) {
        RoutingRequest request = access.request();
        String method = request.prologue().method().text();
        if (observers.statistics() != null) {
            observers.statistics().record(access.route(), method, access.status(), access.nanos(), access.bytes());
        }
        if (observers.log() != null) {
            observers.log().write(access);
        }
        if (access.status() >= INTERNAL_ERROR && observers.errors() != null) {
            observers.errors().add(access.status(), method, request.prologue().uriPath().rawPath(), access.route(),
                    request.remotePeer().host(), access.id());
        }
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
