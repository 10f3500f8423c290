package dev.loomgate.guard;

/** What becomes of a connection that was accepted. */
public sealed interface Admission permits Ticket, Admission.TurnedAway {
    /**
     * It is closed.
     *
     * @param reason why
     * @param answer whether the client is told so, with a 503, if that can be done without waiting
     */
    record TurnedAway(Reason reason, boolean answer) implements Admission {
    }
}
