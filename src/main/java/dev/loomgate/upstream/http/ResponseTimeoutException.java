package dev.loomgate.upstream.http;

import java.io.IOException;

/** A server has been silent for too long. */
public final class ResponseTimeoutException extends IOException {
    private static final long serialVersionUID = 1;

    ResponseTimeoutException(String reason) {
        super(reason);
    }
}
