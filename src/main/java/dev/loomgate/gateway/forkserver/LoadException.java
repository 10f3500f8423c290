package dev.loomgate.gateway.forkserver;

/** A script could not be loaded into a fork server; says why. */
final class LoadException extends Exception {
    private static final long serialVersionUID = 1;

    LoadException(String reason) {
        super(reason);
    }

    LoadException(String reason, Throwable cause) {
        super(reason, cause);
    }
}
