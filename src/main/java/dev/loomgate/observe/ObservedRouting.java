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
import io.opentelemetry.api.trace.Span;

/**
 * A routing whose requests are counted, whatever the protocol: it stands around all of it, so that filters and error handlers
 * are within. It is not there at all if nobody wants to know.
 */
final class ObservedRouting implements HttpRouting {
    /** The request's id, if something within the routing has given it one. */
    private static final HeaderName REQUEST_ID = HeaderNames.create("X-Request-Id");
    private static final int INTERNAL_ERROR = 500;

    private static final HeaderName TRACE_PARENT = HeaderNames.create("traceparent");
    private static final int CLIENT_CLOSED = 499;

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
            ended(request, response, status, System.nanoTime() - begun);
            if (span != null) {
                Tracing.end(span, request, request.matchingPattern().orElse(null), status, response.bytesWritten());
            }
        }
    }

    private void ended(RoutingRequest request, RoutingResponse response, int status, long nanos) {
        String route = request.matchingPattern().orElse(null);
        String method = request.prologue().method().text();
        long bytes = response.bytesWritten();
        if (observers.statistics() != null) {
            observers.statistics().record(route, method, status, nanos, bytes);
        }
        if (observers.log() != null) {
            observers.log().write(new Access(request, request.remotePeer().address(), statusOf(response, status), bytes, nanos,
                    observers.upstreamNanos().applyAsLong(request), route, idOf(request, response), traceOf(request)));
        }
        if (status >= INTERNAL_ERROR && observers.errors() != null) {
            observers.errors().add(status, method, request.prologue().uriPath().rawPath(), route, request.remotePeer().host(),
                    idOf(request, response));
        }
    }

    /** The status that the client has seen, also if what came after it was cut short. */
    private static int statusOf(RoutingResponse response, int status) {
        return status != 0 ? status : response.hasEntity() ? response.status().code() : CLIENT_CLOSED;
    }

    /** The trace that the request belongs to (W3C Trace Context, section 3.2). */
    private static String traceOf(RoutingRequest request) {
        return request.headers().contains(TRACE_PARENT)
                ? TraceParent.parse(request.headers().get(TRACE_PARENT).get()).map(TraceParent::trace).orElse("") : "";
    }

    private String idOf(RoutingRequest request, RoutingResponse response) {
        return response.headers().contains(REQUEST_ID) ? response.headers().get(REQUEST_ID).get()
                : observers.requestId().apply(request);
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
