package dev.loomgate.http;

import io.helidon.http.Status;

/** A request that is refused before a handler sees it: what is wrong with it, and the status that says so. */
public final class Refusal extends RuntimeException {
    /** RFC 6585 section 5; Helidon has no constant for it. */
    public static final Status FIELDS_TOO_LARGE = Status.create(431, "Request Header Fields Too Large");

    private static final long serialVersionUID = 1L;

    private final transient Status status;

    public Refusal(Status status, String reason) {
        // without a stack trace: clients cause these, at whatever rate they like
        super(reason, null, false, false);
        this.status = status;
    }

    public static Refusal badRequest(String reason) {
        return new Refusal(Status.BAD_REQUEST_400, reason);
    }

    public Status status() {
        return status;
    }
}
