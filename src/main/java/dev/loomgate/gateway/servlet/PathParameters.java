package dev.loomgate.gateway.servlet;

import io.helidon.common.uri.UriQuery;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;

/**
 * Parameters in the path of a request, such as {@code ;jsessionid=...} (RFC 3986 section 3.3). To the routes a semicolon is an
 * ordinary character, to a servlet container it begins a parameter that is no part of the path. So that
 * {@code /app/admin;x/users} can't be served as {@code /app/admin/users} under the rules of a route for {@code /app}, such a
 * request is routed again by the path without parameters; the gateway that gets it then finds here what the client sent.
 *
 * @param uri path as the client sent it
 */
record PathParameters(String uri) {
    /**
     * The path of a request as an application is to see it.
     *
     * @return null if the request has been sent to the route that its path without parameters belongs to
     */
    static String uriOf(ServerRequest request, ServerResponse response) {
        String path = request.prologue().uriPath().rawPath();
        if (path.indexOf(';') < 0) {
            return request.context().get(PathParameters.class, PathParameters.class).map(PathParameters::uri).orElse(path);
        }
        request.context().register(PathParameters.class, new PathParameters(path));
        response.reroute(without(path), UriQuery.create(request.prologue().query().rawValue()));
        return null;
    }

    private static String without(String path) {
        var plain = new StringBuilder(path.length());
        boolean parameter = false;
        for (int i = 0; i < path.length(); i++) {
            char c = path.charAt(i);
            parameter = c == ';' || parameter && c != '/';
            if (!parameter) {
                plain.append(c);
            }
        }
        return plain.toString();
    }
}
