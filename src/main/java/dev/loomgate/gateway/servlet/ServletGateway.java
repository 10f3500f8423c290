package dev.loomgate.gateway.servlet;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

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

    private final Supplier<ServletContainer> containers;
    private final ServletSettings settings;
    /** Opened when the application has been started, or could not be. */
    private final CountDownLatch tried = new CountDownLatch(1);
    private volatile Deployment current;
    private boolean closed;
    /** Threads with a smaller id were there before the current version. */
    private volatile long renewBelow;

    private ServletGateway(Supplier<ServletContainer> containers, ServletSettings settings) {
        this.containers = containers;
        this.settings = settings;
    }

    /**
     * Starts an application.
     *
     * @throws DeploymentException if it can't be read, or does not start; the message names the file and the reason
     */
    public static ServletGateway start(ServletContainer container, ServletSettings settings) throws DeploymentException {
        var gateway = new ServletGateway(() -> container, settings);
        gateway.deployFirst();
        return gateway;
    }

    /**
     * Starts an application while the server goes on. Requests wait for it; if it does not start, the log says why, and they
     * are answered with 503 until its files change for the better.
     *
     * @param containers gives the container, which may have to be made first
     */
    public static ServletGateway startInBackground(Supplier<ServletContainer> containers, ServletSettings settings) {
        var gateway = new ServletGateway(containers, settings);
        // a platform thread: loading classes would hold a carrier
        Thread.ofPlatform().name("servlet-start").daemon().start(gateway::tryFirst);
        return gateway;
    }

    private void tryFirst() {
        try {
            deployFirst();
            event(LOGGER.atInfo()).log("application started");
        } catch (DeploymentException | RuntimeException e) {
            event(LOGGER.atError()).addKeyValue("reason", e.getMessage()).log("an application does not start");
            LOGGER.debug("why it does not start", e);
        } finally {
            tried.countDown();
        }
    }

    private void deployFirst() throws DeploymentException {
        // before it is read: what changes meanwhile is deployed after it
        ApplicationStamp code = ApplicationStamp.of(settings.application(), false);
        ApplicationStamp all = ApplicationStamp.of(settings.application(), true);
        ServletContainer container = containers.get();
        try {
            accept(container.deploy(settings));
            tried.countDown();
        } finally {
            if (settings.reload()) {
                Deployment first = current;
                container.watch().add(this, first != null && first.isCopy() ? all : code);
            }
        }
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
        accept(containers.get().deploy(settings));
    }

    private void accept(Deployment next) {
        Deployment before;
        synchronized (this) {
            if (closed) {
                next.close();
                return;
            }
            before = current;
            if (before != null) {
                SessionTransfer.run(before, next);
                renewBelow = Thread.ofVirtual().unstarted(() -> { }).threadId();
            }
            current = next;
        }
        if (before != null) {
            before.retire();
        }
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
        if (current == null) {
            awaitStart();
        }
        for (Deployment deployment = current; deployment != null; deployment = current) {
            if (deployment.serve(request, response, uri)) {
                return;
            }
        }
        throw unavailable(null);
    }

    private void awaitStart() {
        try {
            tried.await();
        } catch (InterruptedException e) {
            throw unavailable(e);
        }
    }

    private static HttpException unavailable(InterruptedException cause) {
        return new HttpException("Service Unavailable: the application does not run", Status.SERVICE_UNAVAILABLE_503, cause, true);
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
            closed = true;
            last = current;
            current = null;
        }
        if (last != null) {
            last.close();
            event(LOGGER.atDebug()).log("application stopped");
        }
        try {
            // one that is being started stops when it has, and needs the container for that
            tried.await(30, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
