package dev.loomgate.route;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

import io.helidon.http.Method;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.HttpService;

/**
 * What takes a request, and on which conditions: one of the paths, one of the hosts and one of the methods must match.
 *
 * @param hosts   host conditions; empty for any host
 * @param methods methods taken; empty for all. {@code GET} brings {@code HEAD} along
 * @param paths   path patterns, at least one
 * @param target  what answers
 * @param around  what is done around each request
 */
public record Route(List<HostPattern> hosts, List<Method> methods, List<PathPattern> paths, Target target, Around around) {
    /**
     * Checks and copies the parts.
     *
     * @throws IllegalArgumentException if there is no path, or if a target of services has a path that is not {@code /x/**}
     */
    public Route {
        hosts = List.copyOf(hosts);
        paths = List.copyOf(paths);
        methods = withHead(methods);
        if (paths.isEmpty()) {
            throw new IllegalArgumentException("a route has at least one path");
        }
        if (target instanceof Services) {
            paths.stream().filter(path -> !path.isPrefix()).findFirst().ifPresent(path -> {
                throw new IllegalArgumentException("a REST service needs a path such as /api/** but has " + path);
            });
        }
    }

    /** A route to a handler for any host and method. */
    public static Route to(String path, Handler handler) {
        return new Route(List.of(), List.of(), List.of(PathPattern.parse(path)), new Single(handler), Around.NOTHING);
    }

    /** A route to services for any host and method. */
    public static Route to(String path, HttpService... services) {
        var target = new Services(List.of(services));
        return new Route(List.of(), List.of(), List.of(PathPattern.parse(path)), target, Around.NOTHING);
    }

    /** The same route for some hosts only. */
    public Route forHosts(String... patterns) {
        return new Route(List.of(patterns).stream().map(HostPattern::parse).toList(), methods, paths, target, around);
    }

    /** The same route for some methods only. */
    public Route forMethods(String... names) {
        return new Route(hosts, List.of(names).stream().map(Method::create).toList(), paths, target, around);
    }

    private static List<Method> withHead(List<Method> methods) {
        var all = new ArrayList<>(methods);
        if (all.contains(Method.GET) && !all.contains(Method.HEAD)) {
            all.add(all.indexOf(Method.GET) + 1, Method.HEAD);
        }
        return List.copyOf(all);
    }

    /** Whether the route takes requests of this method. */
    boolean takes(Method method) {
        if (methods.isEmpty()) {
            return true;
        }
        for (int i = 0; i < methods.size(); i++) {
            if (methods.get(i).equals(method)) {
                return true;
            }
        }
        return false;
    }

    /** One line for people: methods, hosts and paths. */
    @Override
    public String toString() {
        return (methods.isEmpty() ? "any method" : methods.toString()) + ' ' + (hosts.isEmpty() ? "any host" : hosts.toString())
                + ' ' + paths + " -> " + target.getClass().getSimpleName().toLowerCase(Locale.ROOT);
    }

    /** What answers a route's requests. */
    public sealed interface Target {
    }

    /** A handler. {@code ServerRequest.path()} is the whole canonical path. */
    public record Single(Handler handler) implements Target {
    }

    /**
     * REST services: their paths are relative to the route's directory, as with Helidon's {@code register(path, services)}.
     * {@code HEAD} is answered by the {@code GET} of a service that has none of its own.
     */
    public record Services(List<HttpService> services) implements Target {
        /** Copies the list. */
        public Services {
            services = List.copyOf(services);
        }
    }
}
