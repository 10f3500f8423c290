package dev.loomgate.observe;

import java.net.SocketAddress;
import java.util.function.Function;
import java.util.function.ToLongFunction;

import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.RoutingRequest;
import io.helidon.webserver.http.RoutingResponse;
import io.helidon.webserver.http.ServerRequest;

/**
 * A request that has ended. What only some formats of the log need is worked out when it is asked for.
 *
 * @param request  the request
 * @param response the response to it
 * @param status   status of the response; 0 if it was broken off
 * @param bytes    bytes of the response's body
 * @param begun    when it came, by {@link System#nanoTime}
 * @param ended    when it ended, by the same clock
 * @param upstream how long something behind the server took to begin its answer to a request
 * @param name     the name of a request, for logs
 */
record Access(RoutingRequest request, RoutingResponse response, int status, long bytes, long begun, long ended,
              ToLongFunction<? super ServerRequest> upstream, Function<? super ServerRequest, String> name) {
    private static final HeaderName TRACE_PARENT = HeaderNames.create("traceparent");
    private static final int CLIENT_CLOSED = 499;

    /** How long it took, in nanoseconds. */
    long nanos() {
        return ended - begun;
    }

    /** Who sent the request. */
    SocketAddress client() {
        return request.remotePeer().address();
    }

    /** The status that the client has seen, also if what came after it was cut short; 499 if the client left before. */
    int statusSeen() {
        return status != 0 ? status : response.hasEntity() ? response.status().code() : CLIENT_CLOSED;
    }

    /** Nanoseconds until something behind the server began its answer; less than 0 if nothing was asked. */
    long upstreamNanos() {
        return upstream.applyAsLong(request);
    }

    /** Pattern of the route that answered; null for none. */
    String route() {
        return request.matchingPattern().orElse(null);
    }

    /** The request's id, which scripts and other lines of logs know as well. */
    String id() {
        return name.apply(request);
    }

    /** The trace that the request belongs to (W3C Trace Context, section 3.2), 32 hexadecimal digits; empty if it has none. */
    String trace() {
        return request.headers().first(TRACE_PARENT).flatMap(TraceParent::parse).map(TraceParent::trace).orElse("");
    }
}
