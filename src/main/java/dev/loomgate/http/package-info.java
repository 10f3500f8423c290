/**
 * What all versions of HTTP have in common (RFC 9110): requests, responses and bodies as Helidon's handlers see them, and the
 * rules for methods, targets, hosts and fields. How they stand on the wire is for {@code http1} and {@code http2}.
 *
 * <p>May use {@code transport}.
 */
package dev.loomgate.http;
