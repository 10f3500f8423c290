package dev.loomgate.server;

import java.util.OptionalLong;
import java.util.concurrent.Callable;

import dev.loomgate.route.Around;
import dev.loomgate.transport.BodyLimit;
import io.helidon.webserver.http.ServerRequest;

/**
 * What the configuration says about each request of a route.
 *
 * @param maxBody     longest body in bytes, instead of the listener's
 * @param application class loader of the code that answers, which libraries such as JAXB, JNDI and {@code ServiceLoader} look
 *                    for in the thread; {@code null} if that code is the server's
 */
record Surroundings(OptionalLong maxBody, ClassLoader application) implements Around {
    @Override
    public boolean serve(ServerRequest request, Callable<Boolean> target) throws Exception {
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
    static Around of(OptionalLong maxBody, ClassLoader application) {
        return maxBody.isEmpty() && application == null ? Around.NOTHING : new Surroundings(maxBody, application);
    }
}
