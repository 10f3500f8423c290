package dev.loomgate.upstream;

import java.io.IOException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The connections to one program: at most so many, the rest wait. Safe for use by many threads. */
public final class Pool implements AutoCloseable {
    private final Endpoint endpoint;
    private final PoolSettings settings;
    private final Places places;
    private final BackOff backOff;
    private final Set<Connection> open = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    /** No connection yet. */
    public Pool(Endpoint endpoint, PoolSettings settings) {
        this(endpoint, settings, new Places(settings.places()));
    }

    /**
     * No connection yet, and places that it shares with others.
     *
     * @param places instead of those of the settings
     */
    public Pool(Endpoint endpoint, PoolSettings settings, Places places) {
        this.endpoint = endpoint;
        this.settings = settings;
        this.places = places;
        this.backOff = new BackOff(endpoint);
    }

    /** Where the program listens. */
    public Endpoint endpoint() {
        return endpoint;
    }

    /** Who may use a connection at once; a place is taken before, and given back after. */
    public Places places() {
        return places;
    }

    /**
     * Opens a connection; the caller has a place. A program that can't be reached is tried again while the caller's patience
     * lasts, but by one request at a time, and not at once.
     *
     * @throws UnavailableException if the program can't be reached
     * @throws InterruptedException if the thread is interrupted meanwhile
     */
    public Connection take() throws UnavailableException, InterruptedException {
        long deadline = System.nanoTime() + settings.patience().toNanos();
        while (true) {
            backOff.awaitTurn(deadline);
            try {
                var connection = new Connection(endpoint.connect(settings.connectTimeout()));
                backOff.succeeded();
                open.add(connection);
                if (closed) {
                    connection.close();
                }
                return connection;
            } catch (IOException e) {
                backOff.failed(e);
                if (Thread.interrupted()) {
                    throw new InterruptedException("interrupted while connecting to " + endpoint);
                }
            } catch (RuntimeException | Error e) {
                backOff.failed(new IOException(e));
                throw e;
            }
        }
    }

    /** Takes a connection back, and closes it. */
    public void giveBack(Connection connection) {
        open.remove(connection);
        connection.close();
    }

    /** Closes all connections, those in use too. */
    @Override
    public void close() {
        closed = true;
        open.forEach(Connection::close);
    }
}
