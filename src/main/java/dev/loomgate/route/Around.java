package dev.loomgate.route;

import java.util.concurrent.Callable;

import io.helidon.webserver.http.ServerRequest;

/** What is done around each request of a route, whatever its target is. */
@FunctionalInterface
public interface Around {
    /** Nothing. */
    Around NOTHING = (request, target) -> target.call();

    /**
     * Serves a request.
     *
     * @param request the request, with its canonical path
     * @param target  serves it; to be called once at most
     * @return what the target returned: whether it took the request, or passed it on
     */
    boolean serve(ServerRequest request, Callable<Boolean> target) throws Exception;
}
