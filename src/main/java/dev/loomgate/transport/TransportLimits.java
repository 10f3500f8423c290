package dev.loomgate.transport;

import java.time.Duration;

/**
 * Time limits that every connection of a listener keeps.
 *
 * @param idle  how long a connection may wait for its next request
 * @param write how long a write may make no progress because the client does not read
 */
public record TransportLimits(Duration idle, Duration write) {
    /** The limits that a configuration without any has: 60 and 30 seconds. */
    public static final TransportLimits DEFAULT = new TransportLimits(Duration.ofSeconds(60), Duration.ofSeconds(30));

    public TransportLimits {
        requirePositive("idle", idle);
        requirePositive("write", write);
    }

    private static void requirePositive(String name, Duration limit) {
        if (limit.isNegative() || limit.isZero()) {
            throw new IllegalArgumentException(name + " limit of " + limit + ": a time above zero is needed");
        }
    }
}
