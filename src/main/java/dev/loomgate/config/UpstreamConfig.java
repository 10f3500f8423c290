package dev.loomgate.config;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A named group of servers that do the same.
 *
 * @param name           name, by which routes and handlers call it
 * @param servers        at least one
 * @param balance        which server gets a request; default round-robin
 * @param maxWaiting     requests that may wait for a connection; default 10000
 * @param waitTimeout    how long one may wait before it is answered with 503; default 10s
 * @param connectTimeout how long connecting may take; default 5s
 * @param timeout        how long a server may be silent; default 60s
 * @param idleTimeout    how long a connection is kept for the next request; default 60s
 * @param lifetime       how old a connection may become that is kept; default 1h
 * @param retries        how many more servers are tried if one can't be reached; default 2
 * @param slowStart      how long a server that comes back gets less than its share; default 0s
 * @param ejection       when a server that fails gets no requests for a while; empty for never
 * @param health         how servers are asked whether they are well; empty if they are not
 */
public record UpstreamConfig(String name, List<Server> servers, Balance balance, int maxWaiting, Duration waitTimeout,
                             Duration connectTimeout, Duration timeout, Duration idleTimeout, Duration lifetime, int retries,
                             Duration slowStart, Optional<Ejection> ejection, Optional<Health> health) {
    /** Copies the list. */
    public UpstreamConfig {
        servers = List.copyOf(servers);
    }

    /** Which server gets a request. */
    public enum Balance {
        /** Each in turn. */
        ROUND_ROBIN,
        /** The one with the fewest requests. */
        LEAST_CONNECTIONS,
        /** The one of two chosen at random that has fewer. */
        RANDOM,
        /** The same for the same client address. */
        CLIENT_ADDRESS
    }

    /**
     * A server.
     *
     * @param socket         where it listens
     * @param weight         its share; default 1
     * @param backup         whether it gets requests only if no other can; default false
     * @param maxConnections most connections, and so requests, at once; default 512
     */
    public record Server(RouteConfig.Socket socket, int weight, boolean backup, int maxConnections) {
    }

    /**
     * When a server gets no requests for a while.
     *
     * @param failures in a row; default 5
     * @param time     how long, the first time; default 10s
     */
    public record Ejection(int failures, Duration time) {
    }

    /**
     * How servers are asked whether they are well.
     *
     * @param path       path that is asked for; without one, being reached is enough
     * @param interval   time between two questions; default 5s
     * @param timeout    how long the answer may take; default 2s
     * @param healthy    good answers after which one is well; default 2
     * @param unhealthy  bad answers after which one is ill; default 3
     * @param lowest     lowest good status; default 200
     * @param highest    highest good status; default 399
     */
    public record Health(Optional<String> path, Duration interval, Duration timeout, int healthy, int unhealthy, int lowest,
                         int highest) {
    }
}
