package dev.loomgate.gateway.servlet;

import io.helidon.http.HttpException;
import io.helidon.http.Status;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A servlet application as a route of the server. Safe for use by many threads. */
public final class ServletGateway implements Handler, AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(ServletGateway.class);

    private final ServletContainer container;
    private final ServletSettings settings;
    private volatile Deployment current;

    private ServletGateway(ServletContainer container, ServletSettings settings, Deployment current) {
        this.container = container;
        this.settings = settings;
        this.current = current;
    }

    /**
     * Starts an application.
     *
     * @throws DeploymentException if it can't be read, or does not start; the message names the file and the reason
     */
    public static ServletGateway start(ServletContainer container, ServletSettings settings) throws DeploymentException {
        return new ServletGateway(container, settings, container.deploy(settings));
    }

    /**
     * Starts the application anew from its files, beside the version that runs. From then on the new one gets the requests;
     * the old one ends when those that it has are answered.
     *
     * @throws DeploymentException if the new version can't be read, or does not start: the old one goes on
     */
    public void redeploy() throws DeploymentException {
        Deployment next = container.deploy(settings);
        Deployment before;
        synchronized (this) {
            before = current;
            if (before == null) {
                next.close();
                return;
            }
            SessionTransfer.run(before, next);
            current = next;
        }
        before.retire();
    }

    @Override
    public void handle(ServerRequest request, ServerResponse response) {
        String uri = PathParameters.uriOf(request, response);
        if (uri == null) {
            return;
        }
        for (Deployment deployment = current; deployment != null; deployment = current) {
            if (deployment.serve(request, response, uri)) {
                return;
            }
        }
        throw new HttpException("Service Unavailable: the application has been stopped", Status.SERVICE_UNAVAILABLE_503, true);
    }

    /** Stops the application: its listeners are told, its temporary files are removed. */
    @Override
    public void close() {
        Deployment last;
        synchronized (this) {
            last = current;
            current = null;
        }
        if (last != null) {
            last.close();
            LOGGER.atDebug().addKeyValue("context", settings.contextPath()).log("application stopped");
        }
    }
}
