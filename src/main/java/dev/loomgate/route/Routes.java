package dev.loomgate.route;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

import io.helidon.http.HttpPrologue;
import io.helidon.http.PathMatchers;
import io.helidon.http.RequestException;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.HttpRoute;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.RoutingRequest;
import io.helidon.webserver.http.RoutingResponse;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;

/**
 * All routes of a server, as one route of Helidon's {@code HttpRouting}: a request finds its route here, by host, path and
 * method, and everything that Helidon does around a route (filters, error handlers, reroute) works as usual.
 *
 * <p><b>Which route takes a request:</b>
 * <ol>
 * <li><b>Host.</b> Routes for exactly this host come first, then routes for {@code *.domain} with the longest domain, then
 * routes without a host condition: a host's {@code /**} precedes {@code /hello} of any host, as one server block of nginx
 * hides the others.</li>
 * <li><b>Path</b>, in the order of {@link PathPattern}: no wildcard, then the longest directory.</li>
 * <li><b>Method.</b> The first pattern that matches owns the path: if routes with this host and pattern exist but none takes
 * the method, the answer is 405 with {@code Allow} (204 with {@code Allow} to {@code OPTIONS}), and patterns further down are
 * not asked. Several routes may share host and pattern and differ in methods; one without methods takes what the others
 * leave. A route that takes {@code GET} takes {@code HEAD}.</li>
 * <li>A handler that calls {@code response.next()} hands the request to the next route in this order.</li>
 * </ol>
 *
 * <p>Paths are compared in their canonical form (percent-decoded once, slashes merged, dot segments resolved), and
 * {@code prologue().uriPath().path()} and {@code path().path()} of the request hold that form from here on; {@code rawPath()}
 * stays what the client sent, but for repeated slashes and dot segments. A path that has no such form is answered with 400.
 */
public final class Routes {
    private static final PathMatchers.MatchResult ACCEPTED = PathMatchers.any().match(CanonicalPath.ROOT);

    private final Map<String, PathTable> hosts = new HashMap<>();
    private final List<Wildcard> wildcards = new ArrayList<>();
    private final PathTable anyHost;
    private final boolean hostMatters;
    private final List<Route> routes;
    private final List<ServiceRoutes> services = new ArrayList<>();

    private record Wildcard(HostPattern host, PathTable table) {
    }

    private Routes(List<Route> routes) {
        this.routes = List.copyOf(routes);
        var anyHostMounts = new ArrayList<Mount>();
        var byHost = new TreeMap<HostPattern, List<Mount>>(Routes::longestFirst);
        for (Route route : routes) {
            ServiceRoutes declared = servicesOf(route);
            for (PathPattern pattern : route.paths()) {
                var mount = new Mount(route, pattern, declared);
                route.hosts().forEach(host -> byHost.computeIfAbsent(host, h -> new ArrayList<>()).add(mount));
                if (route.hosts().isEmpty()) {
                    anyHostMounts.add(mount);
                }
            }
        }
        byHost.forEach((host, mounts) -> {
            var table = new PathTable(mounts);
            if (host.isWildcard()) {
                wildcards.add(new Wildcard(host, table));
            } else {
                hosts.put(host.name(), table);
            }
        });
        anyHost = new PathTable(anyHostMounts);
        hostMatters = !byHost.isEmpty();
    }

    private ServiceRoutes servicesOf(Route route) {
        if (route.target() instanceof Route.Services target) {
            var declared = new ServiceRoutes();
            target.services().forEach(declared::register);
            services.add(declared);
            return declared;
        }
        return null;
    }

    private static int longestFirst(HostPattern a, HostPattern b) {
        int order = Integer.compare(b.name().length(), a.name().length());
        return order == 0 ? a.toString().compareTo(b.toString()) : order;
    }

    /** Puts routes in the order of their precedence. */
    public static Routes of(List<Route> routes) {
        return new Routes(routes);
    }

    /** Puts routes in the order of their precedence. */
    public static Routes of(Route... routes) {
        return of(List.of(routes));
    }

    /** Makes these the routes of a routing; call it once for each. What was registered before on it is asked first. */
    public HttpRouting.Builder register(HttpRouting.Builder routing) {
        return routing.route(new Table());
    }

    private void dispatch(RoutingRequest request, RoutingResponse response) throws Exception {
        CanonicalPath path = canonicalPathOf(request);
        if (hostMatters) {
            String host = HostPattern.hostOf(request.authority());
            PathTable table = hosts.get(host);
            if (table != null && dispatch(table, path, request, response)) {
                return;
            }
            for (int i = 0; i < wildcards.size(); i++) {
                Wildcard wildcard = wildcards.get(i);
                if (wildcard.host().matches(host) && dispatch(wildcard.table(), path, request, response)) {
                    return;
                }
            }
        }
        if (!dispatch(anyHost, path, request, response)) {
            throw Refusal.notFound();
        }
    }

    private static boolean dispatch(PathTable table, CanonicalPath path, RoutingRequest request, RoutingResponse response)
            throws Exception {
        PathTable.Place exact = table.exact(path.path());
        if (exact != null && dispatch(exact, path, request, response)) {
            return true;
        }
        for (PathTable.Place place : table.wildcards()) {
            if (place.matches(path.path()) && dispatch(place, path, request, response)) {
                return true;
            }
        }
        return false;
    }

    private static boolean dispatch(PathTable.Place place, CanonicalPath path, RoutingRequest request, RoutingResponse response)
            throws Exception {
        boolean asked = false;
        for (Mount mount : place.mounts()) {
            if (mount.route().takes(request.prologue().method())) {
                asked = true;
                if (mount.serve(path, request, response)) {
                    return true;
                }
            }
        }
        if (!asked) {
            Refusal.methodNotAllowed(place.allow(), request, response);
        }
        return !asked;
    }

    private static CanonicalPath canonicalPathOf(RoutingRequest request) {
        HttpPrologue prologue = request.prologue();
        CanonicalPath path = CanonicalPath.of(prologue.uriPath());
        if (path != prologue.uriPath() && !path.isAsReceived()) {
            request.prologue(HttpPrologue.create(prologue.rawProtocol(), prologue.protocol(), prologue.protocolVersion(),
                    prologue.method(), path, prologue.query(), prologue.fragment()));
        }
        return path;
    }

    /** The one route that Helidon sees. It can't be split over Helidon's: those of others are not asked for the host. */
    private final class Table implements HttpRoute, Handler {
        @Override
        public PathMatchers.MatchResult accepts(HttpPrologue prologue) {
            return ACCEPTED;
        }

        @Override
        public Handler handler() {
            return this;
        }

        @Override
        public void handle(ServerRequest request, ServerResponse response) throws Exception {
            try {
                dispatch((RoutingRequest) request, (RoutingResponse) response);
            } catch (RequestException e) {
                // Helidon would do the same, but log a stack trace each time: any client could fill the disk
                if (!((RoutingResponse) response).resetStream()) {
                    throw new CloseConnectionException("the request was refused within its response: " + e.getMessage(), e);
                }
                throw e;
            }
        }

        @Override
        public void beforeStart() {
            handlers(Handler::beforeStart);
            services.forEach(ServiceRoutes::beforeStart);
        }

        @Override
        public void afterStart(WebServer server) {
            handlers(handler -> handler.afterStart(server));
            services.forEach(service -> service.afterStart(server));
        }

        @Override
        public void afterStop() {
            handlers(Handler::afterStop);
            services.forEach(ServiceRoutes::afterStop);
        }

        private void handlers(Consumer<Handler> action) {
            for (Route route : routes) {
                if (route.target() instanceof Route.Single(Handler handler)) {
                    action.accept(handler);
                }
            }
        }
    }
}
