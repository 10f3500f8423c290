package dev.loomgate.transport;

import java.io.IOException;

/** A read or write did not finish in the time that the connection's limits allow. */
public final class DeadlineException extends IOException {
    private static final long serialVersionUID = 1L;

    /** @param what what was not done in time */
    public DeadlineException(String what) {
        super(what);
    }
}
