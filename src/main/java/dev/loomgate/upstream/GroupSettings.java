package dev.loomgate.upstream;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A group of servers that do the same.
 *
 * @param name           name of the group, for messages
 * @param servers        at least one
 * @param balance        which one gets a request
 * @param maxWaiting     requests that may wait for a connection, 0 or more
 * @param waitTimeout    how long one may wait, above zero
 * @param connectTimeout how long connecting may take, above zero
 * @param idle           how long a connection is kept for the next request; zero: none is kept
 * @param lifetime       how old a connection may become that is kept, above zero
 * @param retries        how many more servers are tried if one can't be reached, 0 or more
 * @param slowStart      how long it takes a server that comes back to get its full share; zero for at once
 * @param ejectAfter     failures in a row after which a server gets no requests for a while; 0 for never
 * @param ejectTime      how long, the first time; longer if it goes on
 * @param health         how servers are asked whether they are well; empty if they are not
 */
public record GroupSettings(String name, List<Server> servers, Balance balance, int maxWaiting, Duration waitTimeout,
                            Duration connectTimeout, Duration idle, Duration lifetime, int retries, Duration slowStart,
                            int ejectAfter, Duration ejectTime, Optional<Health> health) {
    /**
     * Checks every part.
     *
     * @throws IllegalArgumentException naming the part that is wrong
     */
    public GroupSettings {
        servers = List.copyOf(servers);
        if (servers.isEmpty() || maxWaiting < 0 || !waitTimeout.isPositive() || retries < 0 || ejectAfter < 0) {
            throw new IllegalArgumentException("group " + name + ": servers " + servers + ", maxWaiting " + maxWaiting
                    + ", waitTimeout " + waitTimeout + ", retries " + retries + ", ejectAfter " + ejectAfter
                    + "; at least one server, a waitTimeout above zero and no negative number are allowed");
        }
    }

    /**
     * A server.
     *
     * @param endpoint       where it listens
     * @param weight         its share, 1 or more
     * @param backup         whether it gets requests only if no other can have them
     * @param maxConnections most connections, and so requests, at once, 1 or more
     */
    public record Server(Endpoint endpoint, int weight, boolean backup, int maxConnections) {
    }

    /**
     * How servers are asked whether they are well.
     *
     * @param check     the question
     * @param interval  time between two, above zero; a little more or less, so that not all are asked at once
     * @param timeout   how long the answer may take, above zero
     * @param healthy   good answers in a row after which one that was ill is well
     * @param unhealthy bad ones in a row after which one that was well is ill
     */
    public record Health(HealthCheck check, Duration interval, Duration timeout, int healthy, int unhealthy) {
    }
}
