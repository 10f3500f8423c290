package dev.loomgate.handler;

import java.io.IOException;
import java.util.Collections;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;

import dev.loomgate.transport.BodyLimit;
import dev.loomgate.transport.RequestId;
import io.helidon.http.HttpException;
import io.helidon.http.RequestException;
import io.helidon.http.Status;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/** A {@link Handler} as a route of the server. */
public final class HostedHandler implements io.helidon.webserver.http.Handler, AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(HostedHandler.class);

    private final Handler handler;
    private final String mountPath;
    private final FormSettings formSettings;
    private final boolean passesFailures;
    private final AtomicBoolean closed = new AtomicBoolean();

    private HostedHandler(Handler handler, String mountPath, FormSettings formSettings, boolean passesFailures) {
        this.passesFailures = passesFailures;
        this.handler = Objects.requireNonNull(handler, "handler");
        this.mountPath = mountPath.endsWith("/") ? mountPath.substring(0, mountPath.length() - 1) : mountPath;
        this.formSettings = Objects.requireNonNull(formSettings, "formSettings");
        if (!this.mountPath.isEmpty() && !this.mountPath.startsWith("/")) {
            throw new IllegalArgumentException("Mount path '" + mountPath + "' must begin with /");
        }
    }

    /**
     * Initialises a handler and makes a route of it.
     *
     * @param handler      the handler; {@link #close} closes it
     * @param mountPath    path that the route is at, decoded, such as {@code /pets}: what {@link Request#scriptName} answers;
     *                     empty or {@code /} for the root
     * @param settings     what {@link Handler#init} gets
     * @param formSettings limits and character set of queries and forms
     * @param passesFailures whether what the handler throws is thrown on, as an {@link HttpException} with status 500, for
     *                     somebody who shows it; without that it is answered with a line of text
     * @throws IllegalArgumentException if the mount path doesn't begin with a slash, or, with what the handler said, if the
     *                                  handler can't work with the settings
     */
    public static HostedHandler start(Handler handler, String mountPath, Map<String, String> settings,
                                      FormSettings formSettings, boolean passesFailures) {
        return start(handler, mountPath, settings, formSettings, passesFailures, Backends.NONE);
    }

    /**
     * As {@link #start(Handler, String, Map, FormSettings, boolean)}.
     *
     * @param backends servers that the handler may call
     */
    public static HostedHandler start(Handler handler, String mountPath, Map<String, String> settings,
                                      FormSettings formSettings, boolean passesFailures, Backends backends) {
        var hosted = new HostedHandler(handler, mountPath, formSettings, passesFailures);
        try {
            handler.init(Collections.unmodifiableMap(settings), backends);
        } catch (Exception | LinkageError | AssertionError | StackOverflowError e) {
            String reason = e instanceof Exception && e.getMessage() != null ? e.getMessage() : e.toString();
            throw new IllegalArgumentException("Handler " + handler.getClass().getName() + " can't start with settings "
                    + settings.keySet() + ": " + reason, e);
        }
        return hosted;
    }

    /** As {@link #start(Handler, String, Map, FormSettings, boolean)}; failures are answered here. */
    public static HostedHandler start(Handler handler, String mountPath, Map<String, String> settings,
                                      FormSettings formSettings) {
        return start(handler, mountPath, settings, formSettings, false);
    }

    /** As {@link #start(Handler, String, Map, FormSettings)} with {@link FormSettings#DEFAULTS}. */
    public static HostedHandler start(Handler handler, String mountPath, Map<String, String> settings) {
        return start(handler, mountPath, settings, FormSettings.DEFAULTS);
    }

    /**
     * Runs the handler for one request.
     *
     * @throws CloseConnectionException if the response can't be completed; the server then breaks the connection off
     */
    @Override
    public void handle(ServerRequest serverRequest, ServerResponse serverResponse) {
        var request = new HostedRequest(serverRequest, mountPath, formSettings);
        var response = new HostedResponse(serverResponse, request.method());
        try {
            request.requirePlainPath();
            handler.handle(request, response);
            response.finish();
        } catch (Exception | StackOverflowError | LinkageError | AssertionError e) {
            if (request.clientGone() || response.clientGone()) {
                event(LOGGER.atDebug(), serverRequest).setCause(e).log("client left before the response was complete");
                throw incomplete(e);
            }
            if (response.committed()) {
                event(LOGGER.atError(), serverRequest).setCause(e)
                        .log("handler failed after its response had begun, connection broken off");
                throw incomplete(e);
            }
            answerFailure(serverRequest, response, e);
        } finally {
            deleteUploads(request, serverRequest);
        }
    }

    private void deleteUploads(HostedRequest request, ServerRequest serverRequest) {
        try {
            request.deleteUploads();
        } catch (IOException e) {
            event(LOGGER.atWarn(), serverRequest).setCause(e).log("an uploaded file could not be deleted");
        }
    }

    private void answerFailure(ServerRequest request, HostedResponse response, Throwable failure) {
        switch (failure) {
            case Refusal refusal -> {
                if (refusal.status() == Status.REQUEST_ENTITY_TOO_LARGE_413.code() && request instanceof BodyLimit body) {
                    body.countTooLong();
                }
                response.replace(refusal.status(), refusal.status() + " " + refusal.getMessage());
            }
            // the server's own words on a malformed body
            case HttpException malformed -> throw malformed;
            case RequestException malformed -> throw malformed;
            case InterruptedException stopped -> {
                event(LOGGER.atWarn(), request).log("handler interrupted");
                throw new HttpException("Service Unavailable: the request was broken off", Status.SERVICE_UNAVAILABLE_503,
                        stopped);
            }
            default -> {
                event(LOGGER.atError(), request).setCause(failure).log("handler failed, answered with 500");
                if (passesFailures) {
                    throw new HttpException("the handler failed", Status.INTERNAL_SERVER_ERROR_500, failure, true);
                }
                response.replace(500, "500 The server failed to answer this request. Its log says why, under request "
                        + reference(request));
            }
        }
    }

    private CloseConnectionException incomplete(Throwable cause) {
        return new CloseConnectionException("Response of " + handler.getClass().getName() + " is incomplete", cause);
    }

    private LoggingEventBuilder event(LoggingEventBuilder event, ServerRequest request) {
        return event.addKeyValue("request", reference(request))
                .addKeyValue("method", request.prologue().method().text())
                .addKeyValue("path", request.path().absolute().rawPath())
                .addKeyValue("peer", request.remotePeer().address())
                .addKeyValue("handler", handler.getClass().getName());
    }

    private static String reference(ServerRequest request) {
        return RequestId.of(request);
    }

    /** Closes the handler, once; what it throws is logged. */
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            try {
                handler.close();
            } catch (Exception | LinkageError | AssertionError | StackOverflowError e) {
                LOGGER.atWarn().addKeyValue("handler", handler.getClass().getName()).setCause(e).log("handler failed to close");
            }
        }
    }

    /** Closes the handler with the server. */
    @Override
    public void afterStop() {
        close();
    }
}
