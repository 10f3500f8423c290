package dev.loomgate.proxy;

import java.io.IOException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import dev.loomgate.upstream.Group;
import dev.loomgate.upstream.LogAllowance;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.HttpException;
import io.helidon.http.Status;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Passes the requests of a route on to the servers of a group. Safe for use by many threads. */
public final class ReverseProxy implements Handler, AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(ReverseProxy.class);

    private final Group group;
    private final ProxySettings settings;
    private final PathMapping paths;
    private final Via via = new Via();
    private final LogAllowance allowance = new LogAllowance();
    private final Set<Passage> running = ConcurrentHashMap.newKeySet();

    /** @param group where requests go; not closed with the proxy */
    public ReverseProxy(Group group, ProxySettings settings) {
        this.group = group;
        this.settings = settings;
        this.paths = new PathMapping(settings.mount(), settings.prefix());
    }

    @Override
    public void handle(ServerRequest request, ServerResponse response) {
        var passage = new Passage(group, settings, via, paths, request, response);
        running.add(passage);
        try {
            passage.run();
        } catch (ProxyException e) {
            fail(e, passage, request, response);
        } catch (IOException e) {
            LOGGER.debug("client failed", e);
            throw new CloseConnectionException("the client failed: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new HttpException("Service Unavailable: the request was broken off", Status.SERVICE_UNAVAILABLE_503, e);
        } finally {
            running.remove(passage);
        }
    }

    private void fail(ProxyException e, Passage passage, ServerRequest request, ServerResponse response) {
        log(e, request);
        if (passage.hasBegun()) {
            throw new CloseConnectionException("response cut short: " + e.getMessage(), e);
        }
        boolean keepAlive = !request.content().hasEntity() || request.content().consumed();
        var failure = new HttpException(e.told(), e.status(), e, keepAlive);
        e.retryAfter().ifPresent(time -> failure.header(
                HeaderValues.create(HeaderNames.RETRY_AFTER, Math.max(1, time.toSeconds()))));
        throw failure;
    }

    private void log(ProxyException e, ServerRequest request) {
        // of a queue that is full there are many
        (e.status().equals(Status.SERVICE_UNAVAILABLE_503) ? LOGGER.atDebug() : allowance.line(LOGGER))
                .addKeyValue("status", e.status().code())
                .addKeyValue("method", request.prologue().method().text())
                .addKeyValue("path", request.prologue().uriPath().rawPath())
                .addKeyValue("client", request.remotePeer().host())
                .log("{}", e.getMessage());
    }

    /** Breaks off what runs. */
    @Override
    public void close() {
        running.forEach(Passage::breakOff);
    }
}
