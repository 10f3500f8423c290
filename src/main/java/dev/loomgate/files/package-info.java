/**
 * Static content: conditional requests and ranges (RFC 9110 sections 13 and 14), index files, listings, precompressed
 * siblings, small hot files from memory and large ones by {@code sendfile}.
 *
 * <p>May use {@code route} and the capability interfaces of {@code transport}.
 */
package dev.loomgate.files;
