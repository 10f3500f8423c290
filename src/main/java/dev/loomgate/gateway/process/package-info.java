/**
 * CGI by fork and exec (RFC 3875): one operating-system process a request.
 *
 * <p>May use {@code gateway}, {@code upstream} and the capability interfaces of {@code transport}.
 */
package dev.loomgate.gateway.process;
