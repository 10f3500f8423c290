package dev.loomgate.http1;

import java.time.Duration;

/**
 * Limits of what a request may be.
 *
 * @param maxRequestLine longest request line in bytes, 64 to 1 MiB; above it 414 (URI Too Long)
 * @param maxHeader      longest header section in bytes, 256 to 16 MiB; above it 431 (Request Header Fields Too Large)
 * @param maxFields      most header fields, 1 to 10,000; above it 431
 * @param maxBody        longest body in bytes, 0 or more; above it 413 (Content Too Large), unless a route allows more
 * @param headerTimeout  time for the header, from its first byte to its last; after it 408 (Request Timeout)
 * @param bodyTimeout    longest pause between two bytes of a body; after it 408
 * @param minBodyRate    bytes a second: a client may keep a handler waiting for a body for {@code bodyTimeout} and a second for
 *                       each so many bytes that it has sent, in all; after it 408; 0 for as long as it likes
 * @param maxBodyInMemory longest body in bytes that is read into memory as a whole, as text or JSON, 0 or more; above it 413
 */
public record Http1Settings(int maxRequestLine, int maxHeader, int maxFields, long maxBody, Duration headerTimeout,
                            Duration bodyTimeout, long minBodyRate, long maxBodyInMemory) {
    private static final long MOST_IN_MEMORY = 64 << 20;

    /** Settings with the default for bodies in memory. */
    public Http1Settings(int maxRequestLine, int maxHeader, int maxFields, long maxBody, Duration headerTimeout,
                         Duration bodyTimeout, long minBodyRate) {
        this(maxRequestLine, maxHeader, maxFields, maxBody, headerTimeout, bodyTimeout, minBodyRate, MOST_IN_MEMORY);
    }

    /** Settings without a least rate. */
    public Http1Settings(int maxRequestLine, int maxHeader, int maxFields, long maxBody, Duration headerTimeout,
                         Duration bodyTimeout) {
        this(maxRequestLine, maxHeader, maxFields, maxBody, headerTimeout, bodyTimeout, 0);
    }

    /** The limits that a configuration without any has. */
    public static final Http1Settings DEFAULT = new Http1Settings(8 * 1024, 32 * 1024, 100, 1L << 30,
            Duration.ofSeconds(10), Duration.ofSeconds(30));

    public Http1Settings {
        requireRange("maxRequestLine", maxRequestLine, 64, 1 << 20);
        requireRange("maxHeader", maxHeader, 256, 1 << 24);
        requireRange("maxFields", maxFields, 1, 10_000);
        requireRange("minBodyRate", minBodyRate, 0, Long.MAX_VALUE);
        requireRange("maxBodyInMemory", maxBodyInMemory, 0, Long.MAX_VALUE);
        requireRange("maxBody", maxBody, 0, Long.MAX_VALUE);
        requireRange("headerTimeout in milliseconds", headerTimeout.toMillis(), 1, Integer.MAX_VALUE);
        requireRange("bodyTimeout in milliseconds", bodyTimeout.toMillis(), 1, Integer.MAX_VALUE);
    }

    private static void requireRange(String name, long value, long least, long most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(name + " is " + value + ": " + least + " to " + most + " is allowed");
        }
    }
}
