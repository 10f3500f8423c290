/**
 * HTTP/2 (RFC 9113) with its compression of header fields (RFC 7541) as a Helidon connection: one thread reads the frames of a
 * connection, each request runs on a virtual thread of its own in blocking code, and what they write is put in line by a lock.
 * Flow control bounds what is kept in memory in both directions, and floods of frames that ask for nothing end the connection.
 *
 * <p>May use {@code http}, {@code transport} and {@code guard}.
 */
package dev.loomgate.http2;
