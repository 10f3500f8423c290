package dev.loomgate.gateway.servlet;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The upgraded connections of one version of an application, which end with it. Safe for use by many threads. */
final class UpgradedConnections implements AutoCloseable {
    private final Set<UpgradedConnection> open = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    /** Notes one that begins; false if it must not: the version has ended. */
    boolean add(UpgradedConnection connection) {
        open.add(connection);
        if (closed) {
            open.remove(connection);
        }
        return !closed;
    }

    void remove(UpgradedConnection connection) {
        open.remove(connection);
    }

    @Override
    public void close() {
        closed = true;
        open.forEach(UpgradedConnection::stop);
    }
}
