/**
 * How a running server is told what to do by those who may: a Unix-domain socket that its owner alone can open. A request is a
 * line of JSON (RFC 8259), an object with {@code command}; so is the answer, an object with {@code ok}, and with {@code error} if that
 * is false. A connection may carry several, one after the other.
 *
 * <p>Uses nothing of ours.
 */
package dev.loomgate.control;
