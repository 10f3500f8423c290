/**
 * HTTP/1.0 and HTTP/1.1 (RFC 9112) as a Helidon connection: strict parser, framing, keep-alive and streaming under Helidon's
 * {@code ServerRequest} and {@code ServerResponse}, so that Helidon handlers, filters and media support run unchanged.
 *
 * <p>May use {@code http} and {@code transport}.
 */
package dev.loomgate.http1;
