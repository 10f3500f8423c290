/**
 * FastCGI (<a href="https://fastcgi-archives.github.io/FastCGI_Specification.html">version 1.0</a>): to programs that answer one
 * request after another over connections that are kept, such as php-fpm and php-cgi. Programs are asked as responders, and as
 * authorizers before a route's handler; one request at a time on a connection, since hardly any program can do more.
 *
 * <h2>Kept connections</h2>
 * A program of this kind works on one connection at a time, and one that is kept holds it, idle or not: php-fpm with five
 * children serves nobody else once there are five kept connections. So there are never more of them than the program says it has
 * room for (FCGI_GET_VALUES), and none is kept while another waits for its first answer ({@code upstream.Pool}).
 *
 * <p>A program may close a kept connection just as a request is sent on it. Such a request is sent again on another connection if
 * its method is idempotent; others are sent on new connections only.
 *
 * <p>A client's leaving closes the connection, as nginx does it: programs ignore FCGI_ABORT_REQUEST (php), or look at it only when
 * they read.
 *
 * <p>May use {@code gateway}, {@code gateway.process}, {@code upstream} and the capability interfaces of {@code transport}.
 */
package dev.loomgate.gateway.fastcgi;
