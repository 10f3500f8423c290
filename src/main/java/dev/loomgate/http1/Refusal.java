package dev.loomgate.http1;

import io.helidon.http.Status;

/** A request that is refused before a handler sees it: what is wrong with it, and the status that says so. */
final class Refusal extends RuntimeException {
    /** RFC 6585 section 5; Helidon has no constant for it. */
    static final Status FIELDS_TOO_LARGE = Status.create(431, "Request Header Fields Too Large");

    private static final long serialVersionUID = 1L;

    private final transient Status status;

    Refusal(Status status, String reason) {
        // without a stack trace: clients cause these, at whatever rate they like
        super(reason, null, false, false);
        this.status = status;
    }

    static Refusal badRequest(String reason) {
        return new Refusal(Status.BAD_REQUEST_400, reason);
    }

    Status status() {
        return status;
    }
}
