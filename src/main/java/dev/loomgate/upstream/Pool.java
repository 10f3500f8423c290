package dev.loomgate.upstream;

import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The connections to one program: at most so many, the rest wait. Those that can serve another request are kept, the one that was
 * used last first, so that those which are not needed become old. Safe for use by many threads.
 *
 * <p>A program may work on a few connections only, and never look at a new one while it waits for requests on others that are
 * kept. So none is kept while a new one waits for its first answer.
 */
public final class Pool implements AutoCloseable {
    private static final long LONGEST_NAP = 1_000;

    private final Endpoint endpoint;
    private final PoolSettings settings;
    private final Places places;
    private final BackOff backOff;
    private final Set<Connection> open = ConcurrentHashMap.newKeySet();
    private final AtomicInteger unanswered = new AtomicInteger();
    private final ReentrantLock lock = new ReentrantLock();
    private final Deque<Connection> kept = new ArrayDeque<>();
    private final Thread sweep;
    private volatile boolean closed;

    /** No connection yet, and all places free. */
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
        this.sweep = Thread.ofVirtual().name("pool-sweep").unstarted(this::sweep);
        if (settings.idle().isPositive()) {
            sweep.start();
        }
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
     * Takes a connection; the caller has a place. A program that can't be reached is tried again while the caller's patience
     * lasts, but by one request at a time, and not at once.
     *
     * @param mayBeKept whether it may have served a request before, in which case the other side may close it at any moment; if
     *                  not, one that is kept is closed for the new one
     * @throws UnavailableException if the program can't be reached
     * @throws InterruptedException if the thread is interrupted meanwhile
     */
    public Connection take(boolean mayBeKept) throws UnavailableException, InterruptedException {
        for (Connection connection = takeKept(); connection != null; connection = takeKept()) {
            if (mayBeKept && !isTooOld(connection) && connection.isQuiet()) {
                connection.reuse();
                return connection;
            }
            discard(connection);
            if (!mayBeKept) {
                break;
            }
        }
        return connect();
    }

    private Connection takeKept() {
        lock.lock();
        try {
            return kept.pollFirst();
        } finally {
            lock.unlock();
        }
    }

    private boolean isTooOld(Connection connection) {
        return System.nanoTime() - connection.opened() > settings.lifetime().toNanos();
    }

    /**
     * Opens a connection beside those that requests take: for a question that the program need not answer.
     *
     * @throws UnavailableException if the program can't be reached
     * @throws InterruptedException if the thread is interrupted meanwhile
     */
    public Connection aside() throws UnavailableException, InterruptedException {
        Connection connection = connect();
        connection.noteAnswer(1);
        return connection;
    }

    private Connection connect() throws UnavailableException, InterruptedException {
        long deadline = System.nanoTime() + settings.patience().toNanos();
        while (true) {
            backOff.awaitTurn(deadline);
            try {
                SocketChannel channel = endpoint.connect(settings.connectTimeout());
                backOff.succeeded();
                return opened(channel);
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

    private Connection opened(SocketChannel channel) {
        unanswered.incrementAndGet();
        var connection = new Connection(channel, unanswered::decrementAndGet);
        open.add(connection);
        if (closed) {
            connection.close();
        }
        return connection;
    }

    /**
     * Takes a connection back.
     *
     * @param reusable whether it can serve another request; if not, it is closed
     */
    public void giveBack(Connection connection, boolean reusable) {
        if (reusable && settings.idle().isPositive() && unanswered.get() == 0 && !isTooOld(connection) && keep(connection)) {
            return;
        }
        discard(connection);
    }

    private boolean keep(Connection connection) {
        connection.release();
        lock.lock();
        try {
            if (!closed) {
                kept.addFirst(connection);
            }
            return !closed;
        } finally {
            lock.unlock();
        }
    }

    private void discard(Connection connection) {
        open.remove(connection);
        connection.close();
        if (!connection.hasServed()) {
            unanswered.decrementAndGet();
        }
    }

    /** Closes the connections that have never brought an answer: their program may not have seen them, and be gone. */
    public void closeUnanswered() {
        open.stream().filter(connection -> !connection.hasServed()).forEach(Connection::close);
    }

    /** Closes those that were kept for too long, also if no request comes. */
    private void sweep() {
        try {
            while (true) {
                Thread.sleep(Duration.ofMillis(Math.clamp(settings.idle().toMillis() / 4, 1, LONGEST_NAP)));
                idleForTooLong().forEach(this::discard);
            }
        } catch (InterruptedException e) {
            // closed
        }
    }

    private List<Connection> idleForTooLong() {
        var late = new ArrayList<Connection>();
        long now = System.nanoTime();
        lock.lock();
        try {
            while (!kept.isEmpty() && now - kept.peekLast().released() > settings.idle().toNanos()) {
                late.add(kept.pollLast());
            }
        } finally {
            lock.unlock();
        }
        return late;
    }

    /** Closes all connections, those in use too. */
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            kept.clear();
        } finally {
            lock.unlock();
        }
        sweep.interrupt();
        open.forEach(Connection::close);
    }
}
