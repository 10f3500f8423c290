package dev.loomgate.http2;

import dev.loomgate.guard.Reason;

/** What a client has done that ends its connection (RFC 9113 section 5.4.1). */
final class ConnectionError extends Exception {
    private static final long serialVersionUID = 1L;

    private final ErrorCode code;
    private final Reason reason;

    ConnectionError(ErrorCode code, String message) {
        this(code, Reason.MALFORMED, message);
    }

    /** @param reason what it is counted as */
    ConnectionError(ErrorCode code, Reason reason, String message) {
        // without a stack trace: clients cause these, at whatever rate they like
        super(message, null, false, false);
        this.code = code;
        this.reason = reason;
    }

    ErrorCode code() {
        return code;
    }

    Reason reason() {
        return reason;
    }
}
