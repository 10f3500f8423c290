package dev.loomgate.http2;

import java.time.Duration;

/**
 * Limits of what a connection and its requests may be.
 *
 * @param maxStreams     most requests that a connection may have at once, 1 to 10,000; those above it are refused, and may be sent
 *                       again (RFC 9113 section 5.1.2)
 * @param maxPath        longest path with its query in bytes; above it 414 (URI Too Long)
 * @param maxHeader      longest header section in bytes, as RFC 9113 section 6.5.2 counts; above it 431 (Request Header Fields Too
 *                       Large)
 * @param maxFields      most header fields; above it 431
 * @param maxBody        longest body in bytes, 0 or more; above it 413 (Content Too Large), unless a route allows more
 * @param headerTimeout  time for the header, from its first byte to its last
 * @param bodyTimeout    longest pause between two bytes of a body; after it 408
 * @param minBodyRate    bytes a second that a body must bring on average; after it 408; 0 for as long as it likes
 * @param minResponseRate bytes a second of a response that a client must take on average, beyond the time for which it may take none,
 *                       where it holds one back by its windows (RFC 9113 section 5.2); 0 for as few as it likes
 * @param maxBodyInMemory longest body in bytes that is read into memory as a whole
 */
public record Http2Settings(int maxStreams, int maxPath, int maxHeader, int maxFields, long maxBody, Duration headerTimeout,
                            Duration bodyTimeout, long minBodyRate, long minResponseRate, long maxBodyInMemory) {
    /** Streams that a connection may have where nothing else is said. */
    public static final int DEFAULT_STREAMS = 100;

    private static final int MOST_STREAMS = 10_000;

    /** The limits that a configuration without any has. */
    public static final Http2Settings DEFAULT = new Http2Settings(DEFAULT_STREAMS, 8 * 1024, 32 * 1024, 100, 1L << 30,
            Duration.ofSeconds(10), Duration.ofSeconds(30), 0, 0, 64 << 20);

    public Http2Settings {
        if (maxStreams < 1 || maxStreams > MOST_STREAMS) {
            throw new IllegalArgumentException("maxStreams is " + maxStreams + ": 1 to " + MOST_STREAMS + " is allowed");
        }
    }
}
