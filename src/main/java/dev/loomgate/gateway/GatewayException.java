package dev.loomgate.gateway;

import java.time.Duration;
import java.util.Optional;

import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.HttpException;
import io.helidon.http.Status;

/**
 * A request that a gateway can't serve: the status for the client and the reason for the log. The client is told the status
 * only, because a reason names files and programs.
 */
public final class GatewayException extends Exception {
    private final Status status;
    private final Optional<Duration> retryAfter;

    /**
     * A failure with nothing to wait for.
     *
     * @param status status for the client
     * @param reason what was wrong, where, and what to do; for the log
     */
    public GatewayException(Status status, String reason) {
        this(status, reason, null, null);
    }

    /**
     * A failure with its cause.
     *
     * @param status     status for the client
     * @param reason     what was wrong, where, and what to do; for the log
     * @param retryAfter when the client may try again (whole seconds, sent as {@code Retry-After}), or null
     * @param cause      what led to it, or null
     */
    public GatewayException(Status status, String reason, Duration retryAfter, Throwable cause) {
        super(reason, cause);
        this.status = status;
        this.retryAfter = Optional.ofNullable(retryAfter);
    }

    /** Status for the client. */
    public Status status() {
        return status;
    }

    /** When the client may try again. */
    public Optional<Duration> retryAfter() {
        return retryAfter;
    }

    /**
     * The same failure as Helidon's error handling takes it, so that an application's error pages apply.
     *
     * @param keepAlive whether the connection can serve another request
     */
    public HttpException toHttpException(boolean keepAlive) {
        var failure = new HttpException(status.reasonPhrase(), status, this, keepAlive);
        retryAfter.ifPresent(after -> failure.header(
                HeaderValues.create(HeaderNames.RETRY_AFTER, Math.max(1, after.toSeconds()))));
        return failure;
    }
}
