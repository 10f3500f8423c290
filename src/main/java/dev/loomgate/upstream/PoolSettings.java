package dev.loomgate.upstream;

import java.time.Duration;

/**
 * Limits of the connections to one program.
 *
 * @param places         connections at once, and requests that wait for one
 * @param connectTimeout how long connecting may take, above zero
 * @param patience       how long a request waits for a program that can't be reached to come back
 */
public record PoolSettings(Places.Limits places, Duration connectTimeout, Duration patience) {
    /** How long a request waits at most for a program that is being started again. */
    public static final Duration PATIENCE = Duration.ofSeconds(1);

    /**
     * Checks every part.
     *
     * @throws IllegalArgumentException naming the part and the value that is wrong
     */
    public PoolSettings {
        if (!connectTimeout.isPositive() || patience.isNegative()) {
            throw new IllegalArgumentException("connectTimeout is " + connectTimeout + ", patience " + patience
                    + "; they must be longer than zero, and zero or more");
        }
    }
}
