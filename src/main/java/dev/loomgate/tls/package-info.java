/**
 * Certificates, keys, and what follows from them for TLS: reads PEM files, chooses by the name that a client asks for (SNI),
 * takes changed files into use, makes certificates for local use.
 *
 * <p>May use nothing of ours.
 */
package dev.loomgate.tls;
