/**
 * Looks at the running server.
 *
 * <p>Uses nothing of ours.
 */
package dev.loomgate.observe;
