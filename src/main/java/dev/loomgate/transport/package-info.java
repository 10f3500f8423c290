/**
 * Sockets and threads: the accept loop, one connection to a thread (virtual or platform), deadlines, and what a connection
 * can do beyond Helidon's request and response ({@link dev.loomgate.transport.FileSink},
 * {@link dev.loomgate.transport.ClientWatch}, {@link dev.loomgate.transport.RawOutput}). Gateways and file serving use those
 * three interfaces and nothing else of this package.
 *
 * <p>May use {@code guard}.
 */
package dev.loomgate.transport;
