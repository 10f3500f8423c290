package dev.loomgate.http2;

/** What a client has done that ends one stream (RFC 9113 section 5.4.2). */
final class StreamError extends Exception {
    private static final long serialVersionUID = 1L;

    private final ErrorCode code;

    StreamError(ErrorCode code, String message) {
        // without a stack trace: clients cause these, at whatever rate they like
        super(message, null, false, false);
        this.code = code;
    }

    ErrorCode code() {
        return code;
    }
}
