package dev.loomgate.server;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Callable;

import dev.loomgate.guard.RequestGuard;
import dev.loomgate.route.Around;
import dev.loomgate.transport.BodyLimit;
import dev.loomgate.transport.RequestTimer;
import dev.loomgate.transport.TimeLimit;
import io.helidon.http.HttpException;
import io.helidon.http.Status;
import io.helidon.webserver.http.RoutingResponse;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;

/**
 * What the configuration says about each request of a route.
 *
 * @param guard       limits of the route's requests; {@code null} if there are none
 * @param time        how long each request may take in all
 * @param maxBody     longest body in bytes, instead of the listener's
 * @param application class loader of the code that answers, which libraries such as JAXB, JNDI and {@code ServiceLoader} look
 *                    for in the thread; {@code null} if that code is the server's
 */
record Surroundings(RequestGuard guard, Optional<Duration> time, OptionalLong maxBody, ClassLoader application)
        implements Around {
    @Override
    public boolean serve(ServerRequest request, ServerResponse response, Callable<Boolean> target) throws Exception {
        return time.isPresent() && request instanceof TimeLimit timed ? serveInTime(timed, request, response, target)
                : serveInTurn(request, response, target);
    }

    private boolean serveInTime(TimeLimit timed, ServerRequest request, ServerResponse response, Callable<Boolean> target)
            throws Exception {
        RequestTimer timer = timed.limitTime(time.orElseThrow());
        boolean taken = true;
        Exception failure = null;
        try {
            taken = serveInTurn(request, response, target);
        } catch (Exception e) {
            failure = e;
        }
        if (timer.end() && !response.isSent() && response instanceof RoutingResponse routing && routing.resetStream()) {
            // whatever the handler made of the interrupt, nothing has left yet
            boolean keepAlive = !request.content().hasEntity() || request.content().consumed();
            throw new HttpException("Service Unavailable: the request took longer than it may",
                    Status.SERVICE_UNAVAILABLE_503, failure, keepAlive);
        }
        if (failure != null) {
            throw failure;
        }
        return taken;
    }

    private boolean serveInTurn(ServerRequest request, ServerResponse response, Callable<Boolean> target) throws Exception {
        return guard == null ? serveAdmitted(request, target)
                : guard.serve(request, response, () -> serveAdmitted(request, target));
    }

    private boolean serveAdmitted(ServerRequest request, Callable<Boolean> target) throws Exception {
        if (maxBody.isPresent() && request instanceof BodyLimit body) {
            body.limitBody(maxBody.getAsLong());
        }
        if (application == null) {
            return target.call();
        }
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        thread.setContextClassLoader(application);
        try {
            return target.call();
        } finally {
            // the next request of the connection may be for another application
            thread.setContextClassLoader(before);
        }
    }

    /** The least that is needed around a route. */
    static Around of(RequestGuard guard, Optional<Duration> time, OptionalLong maxBody, ClassLoader application) {
        return guard == null && time.isEmpty() && maxBody.isEmpty() && application == null ? Around.NOTHING
                : new Surroundings(guard, time, maxBody, application);
    }
}
