package dev.loomgate.server;

import dev.loomgate.route.PathEncoding;
import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;

/**
 * Sends the client elsewhere. In the target, <code>{path}</code> stands for what follows the route's directory in the request's
 * canonical path, encoded, and <code>{query}</code> for the request's query; a {@code ?} that is left at the end is dropped.
 */
final class Redirect implements Handler {
    private final String to;
    private final int mountLength;
    private final Status status;

    /**
     * @param to    target, absolute or a path
     * @param mount the route's directory, without slash at its end
     */
    Redirect(String to, String mount, int status) {
        this.to = to;
        this.mountLength = mount.length();
        this.status = Status.create(status);
    }

    @Override
    public void handle(ServerRequest request, ServerResponse response) {
        response.status(status).header(HeaderNames.LOCATION, location(request)).send();
    }

    private String location(ServerRequest request) {
        if (to.indexOf('{') < 0) {
            return to;
        }
        String path = request.prologue().uriPath().path();
        // a canonical path holds no double slash that could pass for a host
        String location = to.replace("{query}", request.prologue().query().rawValue())
                .replace("{path}", PathEncoding.encode(path.substring(Math.min(mountLength, path.length()))));
        String target = location.endsWith("?") ? location.substring(0, location.length() - 1) : location;
        return target.isEmpty() ? "/" : target;
    }
}
