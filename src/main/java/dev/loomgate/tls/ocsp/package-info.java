/**
 * OCSP stapling (RFC 6066 section 8): asks issuers for the status of certificates beforehand, and hands it to the JDK from memory.
 * Left alone, the JDK asks within a handshake, for up to five seconds, whenever it has no answer or the client sends a nonce: an
 * issuer that hangs would stop all handshakes.
 *
 * <p>May use nothing of ours.
 */
package dev.loomgate.tls.ocsp;
