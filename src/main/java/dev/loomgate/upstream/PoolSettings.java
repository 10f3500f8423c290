package dev.loomgate.upstream;

import java.time.Duration;

/**
 * Limits of the connections to one program.
 *
 * @param places         connections at once, and requests that wait for one
 * @param connectTimeout how long connecting may take, above zero
 * @param patience       how long a request waits for a program that can't be reached to come back
 * @param idle           how long a connection is kept for the next request; zero: none is kept
 * @param lifetime       how old a connection may become that is kept, above zero
 */
public record PoolSettings(Places.Limits places, Duration connectTimeout, Duration patience, Duration idle, Duration lifetime) {
    /** How long a request waits at most for a program that is being started again. */
    public static final Duration PATIENCE = Duration.ofSeconds(1);

    /**
     * Checks every part.
     *
     * @throws IllegalArgumentException naming the part and the value that is wrong
     */
    public PoolSettings {
        if (!connectTimeout.isPositive() || patience.isNegative() || idle.isNegative() || !lifetime.isPositive()) {
            throw new IllegalArgumentException("connectTimeout is " + connectTimeout + ", patience " + patience + ", idle " + idle
                    + ", lifetime " + lifetime + "; connectTimeout and lifetime must be longer than zero, the others zero or more");
        }
    }

    /** For connections that serve one request each. */
    public static PoolSettings unkept(Places.Limits places, Duration connectTimeout) {
        return new PoolSettings(places, connectTimeout, PATIENCE, Duration.ZERO, Duration.ofDays(1));
    }
}
