package dev.loomgate.server;

import java.util.List;

/**
 * What a route does, for people; one for each path of a route, in the order in which requests are compared with them.
 *
 * @param path    path pattern
 * @param host    host condition, empty for any
 * @param methods methods, empty for all
 * @param handler name of the handler, as in the configuration
 * @param target  what it serves: a directory, a class, a status
 */
public record RouteLine(String path, String host, List<String> methods, String handler, String target) {
}
