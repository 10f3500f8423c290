package dev.loomgate.gateway;

import java.util.Optional;

import io.helidon.common.uri.UriQuery;
import io.helidon.http.HttpPrologue;
import io.helidon.http.Method;
import io.helidon.http.Status;
import io.helidon.webserver.http.RoutingRequest;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;

/**
 * A local redirect that led to this request (RFC 3875 section 6.2.2): a script answered with a path of this server, and the
 * request starts again at that path as a GET (or HEAD) without body. Kept in the request's context, where the gateway that
 * gets the request next finds it.
 *
 * @param requestUri what the client asked for, path and query as they stood in the request
 * @param from       path that the last script was reached by
 * @param count      how many redirects there were so far, 1 or more
 */
public record LocalRedirection(String requestUri, String from, int count) {
    private static final int MOST = 8;
    private static final String UNESCAPED = "-._~!$&'()*+,;=:@/%?";

    /** The redirection that led to this request, if one did. */
    public static Optional<LocalRedirection> of(ServerRequest request) {
        return request.context().get(LocalRedirection.class, LocalRedirection.class);
    }

    /** Method that scripts are to see: the request's own, or that of the redirected request. */
    public static Method method(ServerRequest request) {
        Method method = request.prologue().method();
        return method.equals(Method.HEAD) || of(request).isEmpty() ? method : Method.GET;
    }

    /**
     * Sends the request to another route. The handler must return without touching the response after this.
     *
     * @param location the script's Location: a path and optionally a query, encoded
     * @throws GatewayException if scripts redirect to each other without end
     */
    public static void follow(ServerRequest request, ServerResponse response, String location) throws GatewayException {
        Optional<LocalRedirection> before = of(request);
        int count = before.map(LocalRedirection::count).orElse(0) + 1;
        if (count > MOST) {
            throw new GatewayException(Status.INTERNAL_SERVER_ERROR_500, "more than " + MOST
                    + " local redirects, the last to '" + location + "': do the scripts redirect to each other?");
        }
        String uri = before.map(LocalRedirection::requestUri).orElseGet(() -> uriOf(request));
        String from = request.prologue().uriPath().rawPath();
        request.context().register(LocalRedirection.class, new LocalRedirection(uri, from, count));
        toGet(request);

        String target = withoutFragment(escape(location));
        int question = target.indexOf('?');
        String path = question < 0 ? target : target.substring(0, question);
        response.reroute(path, question < 0 ? UriQuery.empty() : UriQuery.create(target.substring(question + 1)));
    }

    /** Path and query as they stood in the request. */
    static String uriOf(ServerRequest request) {
        String path = request.prologue().uriPath().rawPath();
        String query = request.prologue().query().rawValue();
        return query.isEmpty() ? path : path + '?' + query;
    }

    private static void toGet(ServerRequest request) {
        HttpPrologue old = request.prologue();
        if (request instanceof RoutingRequest routing && !old.method().equals(Method.HEAD)) {
            routing.prologue(HttpPrologue.create(old.rawProtocol(), old.protocol(), old.protocolVersion(), Method.GET,
                    old.uriPath(), old.query(), old.fragment()));
        }
    }

    private static String withoutFragment(String location) {
        int hash = location.indexOf('#');
        return hash < 0 ? location : location.substring(0, hash);
    }

    /** Scripts write blanks and bytes above ASCII into paths; browsers escape them, and so must we before parsing. */
    private static String escape(String location) {
        var escaped = new StringBuilder(location.length());
        for (int i = 0; i < location.length(); i++) {
            char c = location.charAt(i);
            boolean plain = c < 0x80 && (Character.isLetterOrDigit(c) || UNESCAPED.indexOf(c) >= 0 || c == '#');
            if (plain) {
                escaped.append(c);
            } else {
                escaped.append(String.format("%%%02X", (int) c));
            }
        }
        return escaped.toString();
    }
}
