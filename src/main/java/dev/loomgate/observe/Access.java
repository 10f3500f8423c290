package dev.loomgate.observe;

import java.net.SocketAddress;

import io.helidon.webserver.http.ServerRequest;

/**
 * A request that has ended, for the access log.
 *
 * @param request       the request
 * @param client        who sent it
 * @param status        status of the response, 499 if there was none because the client had gone
 * @param bytes         bytes of the response's body
 * @param nanos         how long it took, in nanoseconds
 * @param upstreamNanos how long something behind the server took to begin its answer, in nanoseconds; less than 0 if nothing
 *                      was asked
 * @param route         pattern of the route that answered; null for none
 * @param id            the request's id
 * @param trace         id of its trace, 32 hexadecimal digits; empty if it has none
 */
record Access(ServerRequest request, SocketAddress client, int status, long bytes, long nanos, long upstreamNanos, String route,
              String id, String trace) {
}
