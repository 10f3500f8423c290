package dev.loomgate.config;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A whole configuration, valid and complete: what the file leaves out has its default.
 *
 * @param file      the file that it was read from, absolute; relative paths in it count from its directory
 * @param listeners addresses to listen on, at least one
 * @param threads   what runs the connections
 * @param routes    what answers which requests, in the order of the file, at least one
 * @param guard     limits
 * @param log       what is logged
 * @param admin     where the status page and the like are served; empty for nowhere
 * @param tracing   where traces are sent; empty for nowhere
 * @param web       what is done around all answers
 * @param control   where commands are taken
 * @param upstreams named groups of servers, each name once
 */
public record Configuration(Path file, List<ListenerConfig> listeners, ThreadsConfig threads, List<RouteConfig> routes,
                            GuardConfig guard, LogConfig log, Optional<AdminConfig> admin,
                            Optional<TracingConfig> tracing, WebConfig web, ControlConfig control,
                            List<UpstreamConfig> upstreams) {
    /** Copies the lists. */
    public Configuration {
        listeners = List.copyOf(listeners);
        routes = List.copyOf(routes);
        upstreams = List.copyOf(upstreams);
    }
}
