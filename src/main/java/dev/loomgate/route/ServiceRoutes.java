package dev.loomgate.route;

import java.util.ArrayList;
import java.util.List;

import io.helidon.common.uri.UriPath;
import io.helidon.http.HttpPrologue;
import io.helidon.http.Method;
import io.helidon.http.PathMatcher;
import io.helidon.http.PathMatchers;
import io.helidon.http.RoutedPath;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.HttpRoute;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.RoutingRequest;
import io.helidon.webserver.http.RoutingResponse;

/**
 * The routes that Helidon services declare, below one directory. Helidon's own {@code register(path, service)} knows neither
 * hosts nor methods that don't match (its answer is 404), and falls through to other routes; this is the same walk with these
 * three.
 */
final class ServiceRoutes implements HttpRules {
    private static final List<Method> PROBED =
            List.of(Method.GET, Method.HEAD, Method.POST, Method.PUT, Method.PATCH, Method.DELETE, Method.OPTIONS);

    private final List<HttpService> services = new ArrayList<>();
    private final List<Node> nodes = new ArrayList<>();

    private sealed interface Node {
    }

    private record Leaf(HttpRoute route) implements Node {
    }

    private record Branch(PathMatcher matcher, ServiceRoutes below) implements Node {
    }

    @Override
    public ServiceRoutes register(HttpService... added) {
        return branch(PathMatchers.any(), added);
    }

    @Override
    public ServiceRoutes register(String pathPattern, HttpService... added) {
        return branch(PathMatchers.create(pathPattern), added);
    }

    private ServiceRoutes branch(PathMatcher matcher, HttpService... added) {
        for (HttpService service : added) {
            var below = new ServiceRoutes();
            below.services.add(service);
            service.routing(below);
            nodes.add(new Branch(matcher, below));
        }
        return this;
    }

    @Override
    public ServiceRoutes route(HttpRoute route) {
        nodes.add(new Leaf(route));
        return this;
    }

    /**
     * Runs the first route that takes the request.
     *
     * @param path path below the directory of these services, decoded
     * @return whether one took it; {@code false} also if each that did passed it on with {@code next()}
     */
    boolean serve(UriPath path, RoutingRequest request, RoutingResponse response) throws Exception {
        Method method = request.prologue().method();
        return serve(method, path, null, request, response)
                || Method.HEAD.equals(method) && serve(Method.GET, path, null, request, response);
    }

    private boolean serve(Method method, UriPath path, RoutedPath parent, RoutingRequest request, RoutingResponse response)
            throws Exception {
        HttpPrologue relative = prologue(request.prologue(), method, path);
        for (Node node : nodes) {
            boolean served = switch (node) {
                case Leaf(HttpRoute route) -> run(route, relative, parent, request, response);
                case Branch(PathMatcher matcher, ServiceRoutes below) -> {
                    PathMatchers.PrefixMatchResult match = matcher.prefixMatch(path);
                    yield match.accepted() && below.serve(method, match.unmatchedPath(),
                            ServicePath.join(parent, match.matchedPath()), request, response);
                }
            };
            if (served) {
                return true;
            }
        }
        return false;
    }

    private static boolean run(HttpRoute route, HttpPrologue relative, RoutedPath parent, RoutingRequest request,
                               RoutingResponse response) throws Exception {
        PathMatchers.MatchResult match = route.accepts(relative, request.headers());
        if (!match.accepted()) {
            return false;
        }
        response.resetRouting();
        request.path(ServicePath.join(parent, match.path()));
        route.handler().handle(request, response);
        return response.shouldReroute() || !response.isNexted();
    }

    /** Methods that some route takes at this path; {@code HEAD} with {@code GET}. */
    List<Method> methodsAt(UriPath path, RoutingRequest request) {
        var taken = new ArrayList<Method>();
        for (Method method : PROBED) {
            if (takes(method, path, request) || method.equals(Method.HEAD) && taken.contains(Method.GET)) {
                taken.add(method);
            }
        }
        return taken;
    }

    private boolean takes(Method method, UriPath path, RoutingRequest request) {
        HttpPrologue relative = prologue(request.prologue(), method, path);
        for (Node node : nodes) {
            boolean takes = switch (node) {
                case Leaf(HttpRoute route) -> route.accepts(relative, request.headers()).accepted();
                case Branch(PathMatcher matcher, ServiceRoutes below) -> {
                    PathMatchers.PrefixMatchResult match = matcher.prefixMatch(path);
                    yield match.accepted() && below.takes(method, match.unmatchedPath(), request);
                }
            };
            if (takes) {
                return true;
            }
        }
        return false;
    }

    private static HttpPrologue prologue(HttpPrologue whole, Method method, UriPath path) {
        return HttpPrologue.create(whole.rawProtocol(), whole.protocol(), whole.protocolVersion(), method, path, whole.query(),
                whole.fragment());
    }

    void beforeStart() {
        services.forEach(HttpService::beforeStart);
        for (Node node : nodes) {
            switch (node) {
                case Leaf(HttpRoute route) -> route.beforeStart();
                case Branch(PathMatcher matcher, ServiceRoutes below) -> below.beforeStart();
            }
        }
    }

    void afterStart(WebServer server) {
        services.forEach(service -> service.afterStart(server));
        for (Node node : nodes) {
            switch (node) {
                case Leaf(HttpRoute route) -> route.afterStart(server);
                case Branch(PathMatcher matcher, ServiceRoutes below) -> below.afterStart(server);
            }
        }
    }

    void afterStop() {
        services.forEach(HttpService::afterStop);
        for (Node node : nodes) {
            switch (node) {
                case Leaf(HttpRoute route) -> route.afterStop();
                case Branch(PathMatcher matcher, ServiceRoutes below) -> below.afterStop();
            }
        }
    }
}
