package dev.loomgate.observe;

import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;

import io.helidon.http.Header;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Method;
import io.helidon.http.Status;
import io.helidon.webserver.http.FilterChain;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.RoutingRequest;
import io.helidon.webserver.http.RoutingResponse;
import io.helidon.webserver.http.ServerResponse;

/** What the admin listener answers. Safe for use by many threads. */
public final class AdminPages {
    private static final Header JSON = HeaderValues.createCached(HeaderNames.CONTENT_TYPE, "application/json");
    private static final Header TEXT = HeaderValues.createCached(HeaderNames.CONTENT_TYPE, "text/plain; charset=utf-8");
    private static final Header METRICS =
            HeaderValues.createCached(HeaderNames.CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8");
    private static final Header NO_STORE = HeaderValues.createCached(HeaderNames.CACHE_CONTROL, "no-store");
    private static final Header NO_SNIFF = HeaderValues.createCached("X-Content-Type-Options", "nosniff");

    private final dev.loomgate.observe.Status status;
    private final Health health;

    private final Telemetry telemetry;
    private final EventStream events;

    private AdminPages(dev.loomgate.observe.Status status, Health health, Telemetry telemetry) {
        this.status = status;
        this.health = health;
        this.telemetry = telemetry;
        this.events = new EventStream(telemetry, status);
    }

    /** The pages of a server with this status and health, which is measured. */
    public static AdminPages of(dev.loomgate.observe.Status status, Health health, Telemetry telemetry) {
        return new AdminPages(status, health, telemetry);
    }

    /** The routing to serve. */
    public HttpRouting.Builder routing() {
        HttpRouting.Builder routing = HttpRouting.builder().addFilter(AdminPages::filter);
        page(routing, "/", new StatusPage());
        page(routing, "/status.json", (request, response) -> send(response, JSON, status.json()));
        page(routing, "/metrics", (request, response) -> send(response, METRICS, telemetry.metrics()));
        page(routing, "/health/live", (request, response) -> send(response, JSON, health.live()));
        page(routing, "/health/ready", (request, response) -> {
            response.status(health.isReady() ? Status.OK_200 : Status.SERVICE_UNAVAILABLE_503);
            send(response, JSON, health.ready());
        });
        return routing.get("/events", events)
                .any((request, response) -> {
                    response.status(Status.NOT_FOUND_404);
                    send(response, TEXT, "not here; there are /, /status.json, /metrics, /health/live and /health/ready\n");
                });
    }

    /** HEAD as well: some load balancers ask so. */
    private static void page(HttpRouting.Builder routing, String path, Handler handler) {
        routing.route(Method.GET, path, handler).route(Method.HEAD, path, handler);
    }

    /** Ends what pages wait for. */
    public void close() {
        events.close();
    }

    private static void send(ServerResponse response, Header type, String text) {
        response.header(type).send(text.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * A page of the web must not read what is for this machine alone: it could have its own name resolve to 127.0.0.1, and
     * would then be of the same origin. Its requests give its name as the host.
     */
    private static void filter(FilterChain chain, RoutingRequest request, RoutingResponse response) {
        response.header(NO_STORE).header(NO_SNIFF);
        boolean local = request.localPeer().address() instanceof InetSocketAddress inet && inet.getAddress().isLoopbackAddress();
        if (local && !isLocalName(request.authority())) {
            response.status(Status.create(421, "Misdirected Request"));
            send(response, TEXT, "this address is for requests to localhost, 127.0.0.1 or [::1]\n");
            return;
        }
        chain.proceed();
    }

    static boolean isLocalName(String authority) {
        int colon = authority.lastIndexOf(':');
        String host = colon > authority.lastIndexOf(']') ? authority.substring(0, colon) : authority;
        return host.isEmpty() || host.equalsIgnoreCase("localhost") || host.startsWith("[") || host.matches("[0-9.]+");
    }
}
