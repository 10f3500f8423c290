/**
 * HTTP/1.1 to servers of a group, in blocking code: requests are written, and responses parsed as strictly as requests are by this
 * server, since a response that two programs read differently is as dangerous (RFC 9112 sections 6.3 and 11.2).
 *
 * <p>May use {@code upstream}.
 */
package dev.loomgate.upstream.http;
