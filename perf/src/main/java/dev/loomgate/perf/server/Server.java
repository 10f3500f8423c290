package dev.loomgate.perf.server;

import java.time.Duration;

/**
 * A server that runs.
 *
 * @param port where it listens on 127.0.0.1
 * @param startTook from its start to its first answer
 */
public record Server(ServerType type, Session session, int port, Duration startTook) {
    public String name() {
        return type.name();
    }
}
