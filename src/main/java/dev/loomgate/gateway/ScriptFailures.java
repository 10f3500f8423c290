package dev.loomgate.gateway;

import java.io.IOException;

import dev.loomgate.transport.RequestId;
import dev.loomgate.upstream.LogAllowance;
import io.helidon.http.Status;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.ServerRequest;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/** Turns what fails while a program works on a request into a status for the client and a line in the log. Safe for use by many threads. */
final class ScriptFailures {
    private static final Logger LOGGER = LoggerFactory.getLogger(ScriptGateway.class);

    private final LogAllowance allowance = new LogAllowance();

    /** What a program does for a request. */
    interface Work {
        void run() throws GatewayException, IOException, InterruptedException;
    }

    /**
     * Does it.
     *
     * @param relay tells whether a part of the response has been sent
     * @throws CloseConnectionException                if the client failed, or the response is cut short
     * @throws io.helidon.http.HttpException with the status, if the program failed
     */
    void guard(Script script, ServerRequest request, ResponseRelay relay, Work work) {
        try {
            work.run();
        } catch (ScriptFailedException e) {
            fail(e.failure(), request, relay);
        } catch (GatewayException e) {
            fail(e, request, relay);
        } catch (IOException e) {
            LOGGER.atDebug().addKeyValue("script", script.file()).setCause(e).log("client failed");
            throw new CloseConnectionException("the client failed: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CloseConnectionException("interrupted while waiting to run '" + script.file() + "'", e);
        }
    }

    private void fail(GatewayException e, ServerRequest request, ResponseRelay relay) {
        // refusals under load are many, and Places says enough about them
        log(e, e.status().equals(Status.SERVICE_UNAVAILABLE_503) ? Level.DEBUG : Level.WARN, request);
        if (relay.hasBegun()) {
            throw new CloseConnectionException("response cut short: " + e.getMessage(), e);
        }
        throw e.toHttpException(!request.content().hasEntity() || request.content().consumed());
    }

    /** Says in the log why a request was not served, unless there are too many lines about that. */
    void log(GatewayException failure, Level level, ServerRequest request) {
        (level == Level.WARN ? allowance.line(LOGGER) : LOGGER.atLevel(level))
                .addKeyValue("request", RequestId.of(request))
                .addKeyValue("status", failure.status().code())
                .addKeyValue("method", request.prologue().method().text())
                .addKeyValue("path", request.prologue().uriPath().rawPath())
                .addKeyValue("client", request.remotePeer().host())
                .log("{}", failure.getMessage());
    }
}
