package dev.loomgate.upstream;

/**
 * A connection to a server of a group, for one request. For one thread at a time, but for {@link #breakOff}; {@link #close} it in
 * the end.
 */
public final class Lease implements AutoCloseable {
    private final Group group;
    private final Backend backend;
    private final Connection connection;
    private final int ejections;
    private boolean reusable;
    // guarded by this
    private boolean closed;

    Lease(Group group, Backend backend, Connection connection) {
        this.group = group;
        this.backend = backend;
        this.connection = connection;
        this.ejections = backend.ejections();
    }

    /** The server. */
    public Backend backend() {
        return backend;
    }

    /** The connection. */
    public Connection connection() {
        return connection;
    }

    /**
     * The server has answered.
     *
     * @param mayBeKept whether the connection can serve another request
     */
    public void succeeded(boolean mayBeKept) {
        reusable = mayBeKept;
        backend.noteSuccess(ejections);
    }

    /**
     * The server has failed, as far as anyone can see: it did not answer, or not in time, or not as it should.
     *
     * @param reason why, for the log
     */
    public void failed(String reason) {
        connection.noteBroken();
        backend.noteFailure(reason);
    }

    /** Closes the connection, unless it has been given back: somebody else may use it then. Any thread may. */
    public synchronized void breakOff() {
        if (!closed) {
            connection.close();
        }
    }

    /** Gives the connection back; it is closed if it was used, unless the request {@linkplain #succeeded succeeded}. */
    @Override
    public void close() {
        synchronized (this) {
            if (closed) {
                return;
            }
            // from now on nobody breaks it off
            closed = true;
        }
        backend.pool().giveBack(connection, reusable || connection.isUnused());
        group.leave(backend);
    }
}
