package dev.loomgate.proxy;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Optional;

import dev.loomgate.upstream.UnavailableException;
import dev.loomgate.upstream.http.BadResponseException;
import dev.loomgate.upstream.http.ResponseTimeoutException;
import io.helidon.http.Status;

/** A request could not be passed on, or has got no answer that can be passed back. */
final class ProxyException extends Exception {
    private static final long serialVersionUID = 1;

    /** RFC 5842 section 7.2. */
    private static final Status LOOP_DETECTED_508 = Status.create(508, "Loop Detected");

    private final transient Status status;
    private final String told;
    private final transient Optional<Duration> retryAfter;

    private ProxyException(Status status, String told, String reason, Optional<Duration> retryAfter, Throwable cause) {
        super(reason, cause);
        this.status = status;
        this.told = told;
        this.retryAfter = retryAfter;
    }

    /** The request has come back, and would until all connections are taken. */
    static ProxyException loop() {
        return new ProxyException(LOOP_DETECTED_508, "this request has come back to where it was passed on",
                "the request has been here before: 'to' or 'upstream' of its route leads back to this route, perhaps by way of other "
                        + "servers", Optional.empty(), null);
    }

    static ProxyException of(UnavailableException e) {
        if (e.retryAfter().isPresent()) {
            return new ProxyException(Status.SERVICE_UNAVAILABLE_503, "no server has room for this request", e.getMessage(),
                    e.retryAfter(), e);
        }
        return e.getCause() instanceof SocketTimeoutException
                ? new ProxyException(Status.GATEWAY_TIMEOUT_504, "the server behind this one can't be reached in time",
                        e.getMessage(), Optional.empty(), e)
                : new ProxyException(Status.BAD_GATEWAY_502, "the server behind this one can't be reached", e.getMessage(),
                        Optional.empty(), e);
    }

    /** A server did not answer as it should. */
    static ProxyException of(Object server, IOException e) {
        String reason = "server " + server + ": " + e.getMessage();
        return switch (e) {
            case ResponseTimeoutException late -> new ProxyException(Status.GATEWAY_TIMEOUT_504,
                    "the server behind this one did not answer in time", reason, Optional.empty(), e);
            case BadResponseException bad -> new ProxyException(Status.BAD_GATEWAY_502,
                    "the server behind this one gave an answer that is not valid", reason, Optional.empty(), e);
            default -> new ProxyException(Status.BAD_GATEWAY_502,
                    "the server behind this one closed the connection before it had answered", reason, Optional.empty(), e);
        };
    }

    /** Status of the answer. */
    Status status() {
        return status;
    }

    /** What the client is told. */
    String told() {
        return status.code() + " " + status.reasonPhrase() + ": " + told;
    }

    Optional<Duration> retryAfter() {
        return retryAfter;
    }
}
