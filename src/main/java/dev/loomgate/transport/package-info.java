/**
 * Sockets and threads: the accept loop, one connection to a thread (virtual or platform), deadlines, and what a connection
 * can do beyond Helidon's request and response ({@link dev.loomgate.transport.FileSink},
 * {@link dev.loomgate.transport.ClientWatch}, {@link dev.loomgate.transport.RawOutput}). Gateways and file serving use those
 * three interfaces and nothing else of this package.
 *
 * <p>A connection's thread waits for its socket on a poller of our own ({@link dev.loomgate.poller}): sockets stay registered with
 * it from their first wait to their end, so that a request over a kept connection is one read and one write, where the JDK's own
 * poller takes an {@code epoll_ctl} and often a second read more.
 *
 * <p>May use {@code guard} and {@code poller}.
 */
package dev.loomgate.transport;
