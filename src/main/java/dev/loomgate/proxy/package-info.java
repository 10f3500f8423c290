/**
 * The reverse proxy: requests of a route go to another server, or to one of a group, and its responses come back.
 *
 * <p>May use {@code route}, {@code upstream} and the capability interfaces of {@code transport}.
 */
package dev.loomgate.proxy;
