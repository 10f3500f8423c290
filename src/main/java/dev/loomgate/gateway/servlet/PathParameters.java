package dev.loomgate.gateway.servlet;

import java.util.List;
import java.util.Set;

import io.helidon.common.mapper.OptionalValue;
import io.helidon.common.mapper.Value;
import io.helidon.common.uri.UriQuery;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;

/**
 * Parameters in the path of a request, such as {@code ;jsessionid=...} (RFC 3986 section 3.3). To the routes a semicolon is an
 * ordinary character, to a servlet container it begins a parameter that is no part of the path. So that
 * {@code /app/admin;x/users} can't be served as {@code /app/admin/users} under the rules of a route for {@code /app}, such a
 * request is routed again by the path without parameters. What the client sent goes along with the query, whose type nobody can
 * make up from outside; a request has a context for such things, but to look there would cost every request that has none.
 *
 * @param uri   path as the client sent it
 * @param query the query itself
 */
record PathParameters(String uri, UriQuery query) implements UriQuery {
    /**
     * The path of a request as an application is to see it.
     *
     * @return null if the request has been sent to the route that its path without parameters belongs to
     */
    static String uriOf(ServerRequest request, ServerResponse response) {
        String path = request.prologue().uriPath().rawPath();
        if (request.prologue().query() instanceof PathParameters routed) {
            return routed.uri();
        }
        if (path.indexOf(';') < 0) {
            return path;
        }
        response.reroute(without(path), new PathParameters(path, request.prologue().query()));
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

    @Override
    public String rawValue() {
        return query.rawValue();
    }

    @Override
    public String value() {
        return query.value();
    }

    @Override
    public String getRaw(String name) {
        return query.getRaw(name);
    }

    @Override
    public List<String> getAllRaw(String name) {
        return query.getAllRaw(name);
    }

    @Override
    public List<String> all(String name) {
        return query.all(name);
    }

    @Override
    public List<Value<String>> allValues(String name) {
        return query.allValues(name);
    }

    @Override
    public String get(String name) {
        return query.get(name);
    }

    @Override
    public OptionalValue<String> first(String name) {
        return query.first(name);
    }

    @Override
    public boolean contains(String name) {
        return query.contains(name);
    }

    @Override
    public int size() {
        return query.size();
    }

    @Override
    public Set<String> names() {
        return query.names();
    }

    @Override
    public String component() {
        return query.component();
    }
}
