/**
 * Routes (host, methods, path pattern) in the order of their precedence, put onto Helidon's {@code HttpRouting}.
 *
 * <p>Uses nothing of ours.
 */
package dev.loomgate.route;
