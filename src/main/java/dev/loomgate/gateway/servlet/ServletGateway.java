package dev.loomgate.gateway.servlet;

import io.helidon.http.HeaderValues;
import io.helidon.http.HttpException;
import io.helidon.http.Status;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/** A servlet application as a route of the server. Safe for use by many threads. */
public final class ServletGateway implements Handler, AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(ServletGateway.class);

    private final ServletContainer container;
    private final ServletSettings settings;
    private volatile Deployment current;
    /** Threads with a smaller id were there before the current version. */
    private volatile long renewBelow;

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
        // before it is read: what changes meanwhile is deployed after it
        ApplicationStamp code = ApplicationStamp.of(settings.application(), false);
        ApplicationStamp all = ApplicationStamp.of(settings.application(), true);
        Deployment first = container.deploy(settings);
        var gateway = new ServletGateway(container, settings, first);
        if (settings.reload()) {
            container.watch().add(gateway, first.isCopy() ? all : code);
        }
        return gateway;
    }

    /** How the files are that the application was made of, as far as it does not see their changes by itself. */
    ApplicationStamp stamp() {
        Deployment deployment = current;
        return ApplicationStamp.of(settings.application(), deployment != null && deployment.isCopy());
    }

    /** As {@link #redeploy}, with a line in the log for either end. */
    void deployAnew() {
        try {
            redeploy();
            event(LOGGER.atInfo()).log("application deployed anew");
        } catch (DeploymentException | RuntimeException e) {
            event(LOGGER.atError()).addKeyValue("reason", e.getMessage())
                    .log("the new version of an application does not start, the old one goes on");
            LOGGER.debug("why it does not start", e);
        }
    }

    private LoggingEventBuilder event(LoggingEventBuilder event) {
        return event.addKeyValue("context", settings.contextPath()).addKeyValue("application", settings.application().parts());
    }

    /**
     * Starts the application anew from its files, beside the version that runs. From then on the new one gets the requests;
     * the old one ends when those that it has are answered. Connections that were there before are closed after their next
     * response, as their threads may hold objects of the old version.
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
            renewBelow = Thread.ofVirtual().unstarted(() -> { }).threadId();
        }
        before.retire();
    }

    @Override
    public void handle(ServerRequest request, ServerResponse response) {
        String uri = PathParameters.uriOf(request, response);
        if (uri == null) {
            return;
        }
        Thread thread = Thread.currentThread();
        if (thread.threadId() < renewBelow && thread.isVirtual()) {
            // what the old version has left in its ThreadLocals stays for as long as its connections do
            response.header(HeaderValues.CONNECTION_CLOSE);
        }
        for (Deployment deployment = current; deployment != null; deployment = current) {
            if (deployment.serve(request, response, uri)) {
                return;
            }
        }
        throw new HttpException("Service Unavailable: the application has been stopped", Status.SERVICE_UNAVAILABLE_503, true);
    }

    /** Class loader of the version that gets the requests. */
    ClassLoader loader() {
        return current.loader();
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
            event(LOGGER.atDebug()).log("application stopped");
        }
    }
}
