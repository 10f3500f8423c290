package dev.loomgate.gateway.servlet;

import java.util.function.Supplier;

import dev.loomgate.deploy.Deployment;
import dev.loomgate.deploy.Version;
import io.helidon.http.HeaderValues;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;

/**
 * A servlet application as a route of the server. A new version is started beside the one that runs. From then on it gets the
 * requests; the old one ends when those that it has are answered. Connections that were there before are closed after their next
 * response, as their threads may hold objects of the old version. Safe for use by many threads.
 */
public final class ServletGateway implements Handler, AutoCloseable {
    private final ApplicationSource source;
    private final Deployment<Application> deployment;
    private final boolean reloaded;

    private ServletGateway(ApplicationSource source, Deployment<Application> deployment, boolean reloaded) {
        this.source = source;
        this.deployment = deployment;
        this.reloaded = reloaded;
    }

    /**
     * Starts an application.
     *
     * @throws DeploymentException if it can't be read, or does not start; the message names the file and the reason
     */
    public static ServletGateway start(ServletContainer container, ServletSettings settings) throws DeploymentException {
        var source = new ApplicationSource(() -> container, settings);
        try {
            return new ServletGateway(source, Deployment.load(source), settings.reload());
        } catch (DeploymentException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * Starts an application while the server goes on, from {@link #beforeStart} on. Requests wait for it; if it does not start, the log says why, and they
     * are answered with 503 until its files change for the better.
     *
     * @param containers gives the container, which may have to be made first
     */
    public static ServletGateway startInBackground(Supplier<ServletContainer> containers, ServletSettings settings) {
        var source = new ApplicationSource(containers, settings);
        return new ServletGateway(source, Deployment.later(source), settings.reload());
    }

    /**
     * Starts an application that starts in the background: when all other routes are made, so that it takes no processor from what
     * the server can't be without.
     */
    @Override
    public void beforeStart() {
        deployment.loadAside();
    }

    /** The application, to be looked after for changes of its files. */
    public Deployment<?> deployment() {
        return deployment;
    }

    /** Whether it is to be deployed anew when its files change. */
    public boolean isReloaded() {
        return reloaded;
    }

    @Override
    public void handle(ServerRequest request, ServerResponse response) {
        String uri = PathParameters.uriOf(request, response);
        if (uri == null) {
            return;
        }
        if (source.isOlder(Thread.currentThread()) && !request.prologue().protocolVersion().startsWith("2")) {
            // what the old version has left in its ThreadLocals stays for as long as its connections do; over HTTP/2, where there
            // is no such field, each request has a thread of its own
            response.header(HeaderValues.CONNECTION_CLOSE);
        }
        Version<Application> version = deployment.enter();
        try {
            version.content().serve(request, response, uri);
        } finally {
            version.exit();
        }
    }

    /** Class loader of the version that gets the requests. */
    ClassLoader loader() {
        Version<Application> version = deployment.enter();
        try {
            return version.content().loader();
        } finally {
            version.exit();
        }
    }

    /** Stops the application: its listeners are told, its temporary files are removed. */
    @Override
    public void close() {
        deployment.close();
    }
}
