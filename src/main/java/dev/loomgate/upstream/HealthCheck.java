package dev.loomgate.upstream;

import java.io.IOException;

/** A question whose answer shows that a server is well. */
@FunctionalInterface
public interface HealthCheck {
    /**
     * Asks, and waits for the answer; the connection is closed if that takes too long, and afterwards in any case.
     *
     * @throws IOException if the server is not well; the message says why
     */
    void ask(Connection connection) throws IOException;
}
