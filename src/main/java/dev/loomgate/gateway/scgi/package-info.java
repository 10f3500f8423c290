/**
 * SCGI: to programs that listen on a socket and get each request over a connection of its own, as a netstring of meta-variables
 * and the body; what they write is a CGI response, up to the end of the connection
 * (<a href="https://python.ca/scgi/protocol.txt">the protocol</a>). Simpler than FastCGI and as quick where connecting costs
 * little, as on a Unix-domain socket.
 *
 * <p>May use {@code gateway}, {@code upstream} and the capability interfaces of {@code transport}.
 */
package dev.loomgate.gateway.scgi;
