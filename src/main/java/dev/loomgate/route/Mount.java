package dev.loomgate.route;

import io.helidon.common.uri.UriPath;
import io.helidon.http.Method;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.RoutingRequest;
import io.helidon.webserver.http.RoutingResponse;

/** A route at one of its paths. */
final class Mount {
    private final Route route;
    private final PathPattern pattern;
    private final String name;
    private final ServiceRoutes services;

    Mount(Route route, PathPattern pattern, ServiceRoutes services) {
        this.route = route;
        this.pattern = pattern;
        this.name = pattern.toString();
        this.services = services;
    }

    Route route() {
        return route;
    }

    PathPattern pattern() {
        return pattern;
    }

    /** Runs the target; {@code false} if it passed the request on. */
    boolean serve(CanonicalPath path, RoutingRequest request, RoutingResponse response) throws Exception {
        response.resetRouting();
        request.matchingPattern(name);
        return route.around() == Around.NOTHING ? target(path, request, response)
                : route.around().serve(request, response, () -> target(path, request, response));
    }

    private boolean target(CanonicalPath path, RoutingRequest request, RoutingResponse response) throws Exception {
        if (route.target() instanceof Route.Single(Handler handler)) {
            request.path(path);
            handler.handle(request, response);
            return response.shouldReroute() || !response.isNexted();
        }
        return serveServices(path, request, response);
    }

    private boolean serveServices(CanonicalPath path, RoutingRequest request, RoutingResponse response) throws Exception {
        String rest = path.path().substring(pattern.mount().length());
        UriPath below = UriPath.createRelative(path, rest.isEmpty() ? "/" : rest);
        if (services.serve(below, request, response)) {
            return true;
        }
        if (response.isNexted()) {
            return false;
        }
        var taken = services.methodsAt(below, request);
        if (taken.isEmpty()) {
            return false;
        }
        if (!taken.contains(Method.OPTIONS)) {
            taken.add(Method.OPTIONS);
        }
        Refusal.methodNotAllowed(String.join(", ", taken.stream().map(Method::text).toList()), request, response);
        return true;
    }
}
