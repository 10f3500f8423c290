package dev.loomgate.files;

import io.helidon.http.Status;

/**
 * A request that gets an error instead of a file. An expected answer, not a fault: it has no stack trace, so that a scanner
 * that asks for thousands of missing files costs little.
 */
final class Unservable extends Exception {
    private final transient Status status;
    private final boolean logged;

    private Unservable(Status status, String reason, boolean logged) {
        super(reason, null, false, false);
        this.status = status;
        this.logged = logged;
    }

    /** 400: the path can't be decoded. */
    static Unservable malformed(String reason) {
        return new Unservable(Status.BAD_REQUEST_400, reason, false);
    }

    /** 404: there is no such file, or none that may be known of. */
    static Unservable missing(String reason) {
        return new Unservable(Status.NOT_FOUND_404, reason, false);
    }

    /** 403: as asked for by the settings; nothing an operator need look at. */
    static Unservable forbidden(String reason) {
        return new Unservable(Status.FORBIDDEN_403, reason, false);
    }

    /** 403: the file is there and something about it keeps it from being served, which the operator may not know. */
    static Unservable refused(String reason) {
        return new Unservable(Status.FORBIDDEN_403, reason, true);
    }

    /** 503: the server is short of something that comes back. */
    static Unservable exhausted(String reason) {
        return new Unservable(Status.SERVICE_UNAVAILABLE_503, reason, true);
    }

    /** 500: the file system failed. */
    static Unservable failed(String reason) {
        return new Unservable(Status.INTERNAL_SERVER_ERROR_500, reason, true);
    }

    Status status() {
        return status;
    }

    /** Whether it says nothing about the file, and may be over soon. */
    boolean isPassing() {
        return status == Status.SERVICE_UNAVAILABLE_503;
    }

    /** Whether the operator should be told. */
    boolean isLogged() {
        return logged;
    }
}
