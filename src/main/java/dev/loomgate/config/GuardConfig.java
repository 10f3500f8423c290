package dev.loomgate.config;

import java.time.Duration;

/**
 * Limits that keep one client from taking what belongs to all.
 *
 * @param maxRequestLine longest request line, in bytes, 64 to 1 MiB; default 8k; a longer one is answered with 414
 * @param maxHeaderSize  longest header, in bytes, 256 to 16 MiB; default 32k; a longer one is answered with 431
 * @param maxHeaderCount most header fields, 1 to 10000; default 100; more are answered with 431
 * @param maxBody        longest request body, in bytes; default 1g; a longer one is answered with 413; routes may say otherwise
 * @param headerTimeout  how long a client may take to send a header, from its first byte; default 10s
 * @param bodyTimeout    how long no byte of a body may come; default 30s
 * @param idleTimeout    how long a connection may wait for its next request; default 60s
 * @param writeTimeout   how long a client may read nothing of a response; default 30s
 * @param drainTimeout   how long requests may go on when the server stops; default 30s; 0 breaks them off
 * @param drainDelay     how long a server that stops goes on as before, and only says that it is not ready, so that load
 *                       balancers notice; default 0
 * @param requests       what all requests together are held to; default nothing
 * @param connections    which connections are let in, and how much each may do
 * @param proxies        proxies that are trusted; default none
 * @param buffers        how much is kept in memory for one client
 */
public record GuardConfig(int maxRequestLine, int maxHeaderSize, int maxHeaderCount, long maxBody, Duration headerTimeout,
                          Duration bodyTimeout, Duration idleTimeout, Duration writeTimeout, Duration drainTimeout,
                          Duration drainDelay,
                          RequestLimitsConfig requests, ConnectionGuardConfig connections, TrustedProxiesConfig proxies,
                          BufferLimitsConfig buffers) {
    /** The limits of a configuration that names none. */
    public static final GuardConfig DEFAULT = new GuardConfig(8 << 10, 32 << 10, 100, 1 << 30, Duration.ofSeconds(10),
            Duration.ofSeconds(30), Duration.ofSeconds(60), Duration.ofSeconds(30), Duration.ofSeconds(30), Duration.ZERO,
            RequestLimitsConfig.NONE, ConnectionGuardConfig.DEFAULT, TrustedProxiesConfig.NONE, BufferLimitsConfig.DEFAULT);
}
