package dev.loomgate.handler;

/**
 * Ends a handler with an error status: {@code throw new Refusal(404, "There is no pet 7")}. What the handler has written is
 * dropped and the client gets the status with the message as plain text. Nothing is logged: it is the client that erred.
 */
public final class Refusal extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int status;

    /**
     * Refuses the request.
     *
     * @param status  400 to 599
     * @param message one line for the client: what was wrong, and what would be right
     * @throws IllegalArgumentException if the status is no error status
     */
    public Refusal(int status, String message) {
        super(message, null, false, false);
        if (status < 400 || status > 599) {
            throw new IllegalArgumentException("A refusal has a status from 400 to 599, not " + status);
        }
        this.status = status;
    }

    /** Status that the client gets. */
    public int status() {
        return status;
    }
}
