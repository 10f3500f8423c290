package dev.loomgate.route;

import java.util.concurrent.Callable;

import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;

/** What is done around each request of a route, whatever its target is. */
@FunctionalInterface
public interface Around {
    /** Nothing. */
    Around NOTHING = (request, response, target) -> target.call();

    /**
     * Serves a request.
     *
     * @param request  the request, with its canonical path
     * @param response the response to it, if it is to be answered instead of being served
     * @param target   serves it; to be called once at most
     * @return what the target returned: whether it took the request, or passed it on; true if it was answered instead
     */
    boolean serve(ServerRequest request, ServerResponse response, Callable<Boolean> target) throws Exception;
}
