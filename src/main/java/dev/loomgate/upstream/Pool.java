package dev.loomgate.upstream;

import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

import dev.loomgate.poller.ParkedSocket;
import dev.loomgate.poller.Pollers;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connections to one program: at most so many, the rest wait. Those that can serve another request are kept; who needs one
 * tries some of them at random, then all in turn, and then opens one. Safe for use by many threads.
 *
 * <p>When a connection breaks and fewer than half of those that may be are open or being opened, another is opened in the
 * background at once, so that a program that was started anew does not keep the next request waiting. A program that can't be
 * reached is tried again by one thread at a time, after times that grow ({@link BackOff}); in the background only while there are
 * requests for it.
 *
 * <p>A program may work on a few connections only, and never look at a new one while it waits for requests on others that are
 * kept. So none is kept while a new one waits for its first answer for longer than most programs take, unless it is known that
 * the program is not of this kind.
 */
public final class Pool implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(Pool.class);
    private static final int MOST_KEPT = 1024;
    private static final long LONGEST_NAP = 250;
    private static final long LOOK_NANOS = 1_000_000_000;
    private static final long STARVING_NANOS = 20_000_000;
    private static final long MOMENT_NANOS = 1_000_000_000;
    private static final Duration FOREVER = Duration.ofDays(1);

    private final Endpoint endpoint;
    private final PoolSettings settings;
    private final Places places;
    private volatile boolean fewWorkers;
    private final BackOff backOff;
    private final Connector connector;
    private final Set<Connection> open = ConcurrentHashMap.newKeySet();
    private final AtomicInteger unanswered = new AtomicInteger();
    /** Open or being opened. */
    private final AtomicInteger live = new AtomicInteger();
    private final AtomicInteger replacing = new AtomicInteger();
    private final Slots kept;
    private final Thread sweep;
    private volatile long lastWanted = System.nanoTime();
    private volatile boolean closed;

    /** No connection yet, and all places free. */
    public Pool(Endpoint endpoint, PoolSettings settings) {
        this(endpoint, settings, true);
    }

    /**
     * No connection yet, and all places free.
     *
     * @param fewWorkers whether the program may work on fewer connections than there are places: see above
     */
    public Pool(Endpoint endpoint, PoolSettings settings, boolean fewWorkers) {
        this(endpoint, settings, new Places(settings.places()), fewWorkers);
    }

    /**
     * No connection yet, and places that it shares with others.
     *
     * @param places     instead of those of the settings
     * @param fewWorkers as above
     */
    public Pool(Endpoint endpoint, PoolSettings settings, Places places, boolean fewWorkers) {
        this.fewWorkers = fewWorkers;
        this.endpoint = endpoint;
        this.settings = settings;
        this.places = places;
        this.backOff = new BackOff(endpoint);
        this.connector = new Connector(endpoint, settings.connectTimeout(), backOff);
        this.kept = new Slots(Math.min(settings.places().most(), MOST_KEPT));
        this.sweep = Thread.ofVirtual().name("pool-sweep").unstarted(this::sweep);
        if (settings.idle().isPositive()) {
            sweep.start();
        }
        endpoint.prepare();
    }

    /** The program may work on a few connections only. */
    void expectFewWorkers() {
        fewWorkers = true;
    }

    /** Where the program listens. */
    public Endpoint endpoint() {
        return endpoint;
    }

    /** Who may use a connection at once; a place is taken before, and given back after. */
    public Places places() {
        return places;
    }

    /** How many connections wait for a request. */
    public int keptCount() {
        return kept.count();
    }

    /** How many connections are open or being opened. */
    public int liveCount() {
        return live.get();
    }

    /** How often it was tried to connect, since the start. */
    public long attemptCount() {
        return connector.attempts();
    }

    /** Whether the program could be reached the last time, or it is time to see whether it is back. */
    boolean isHopeful() {
        return backOff.isHopeful();
    }

    /** Why the program could not be reached the last time; empty if it could. */
    Optional<String> failure() {
        return backOff.failure();
    }

    /**
     * Takes a connection; the caller has a place. A program that can't be reached is tried again while the caller's patience
     * lasts, but by one request at a time, and not at once.
     *
     * @param reuse which may be one that is kept; of those that are not good enough, one is closed
     * @throws UnavailableException if the program can't be reached
     * @throws InterruptedException if the thread is interrupted meanwhile
     */
    public Connection take(Reuse reuse) throws UnavailableException, InterruptedException {
        return take(reuse, FOREVER);
    }

    /**
     * As {@link #take(Reuse)}.
     *
     * @param limit longest time in all, above zero; that it is over tells nothing about the program
     */
    Connection take(Reuse reuse, Duration limit) throws UnavailableException, InterruptedException {
        long now = System.nanoTime();
        lastWanted = now;
        for (Connection connection = kept.take(); connection != null; connection = kept.take()) {
            if (now - connection.released() < mostIdle(reuse) && !isTooOld(connection)) {
                if (connection.isQuiet(reuse != Reuse.ANY)) {
                    connection.reuse();
                    return connection;
                }
                connection.noteBroken();
            }
            discard(connection);
            if (reuse == Reuse.NONE) {
                break;
            }
        }
        return connect(limit);
    }

    private static long mostIdle(Reuse reuse) {
        return switch (reuse) {
            case ANY -> Long.MAX_VALUE;
            case RECENT -> MOMENT_NANOS;
            case NONE -> 0;
        };
    }

    private boolean isTooOld(Connection connection) {
        return System.nanoTime() - connection.opened() > settings.lifetime().toNanos();
    }

    /**
     * Opens a connection beside those that requests take: for a question that the program need not answer. Tries at once, whatever
     * became of requests' attempts: who asks sees to it that this is not too often.
     *
     * @throws IOException          if the program can't be reached
     * @throws InterruptedException if the thread is interrupted meanwhile
     */
    public Connection aside() throws IOException, InterruptedException {
        live.incrementAndGet();
        try {
            Connection connection = tryOnce(BackOff.Attempt.AMONG_OTHERS, FOREVER);
            connection.noteAnswer(1);
            return connection;
        } catch (IOException e) {
            requireNotInterrupted();
            throw e;
        }
    }

    private void requireNotInterrupted() throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException("interrupted while connecting to " + endpoint);
        }
    }

    private Connection connect(Duration limit) throws UnavailableException, InterruptedException {
        long begun = System.nanoTime();
        long deadline = begun + Math.min(settings.patience().toNanos(), limit.toNanos());
        for (boolean again = false; ; again = true) {
            BackOff.Attempt attempt = backOff.awaitTurn(deadline, again);
            long left = limit.toNanos() - (System.nanoTime() - begun);
            live.incrementAndGet();
            try {
                return tryOnce(attempt, Duration.ofNanos(Math.max(1, left)));
            } catch (IOException e) {
                requireNotInterrupted();
                if (limit.toNanos() - (System.nanoTime() - begun) <= 0) {
                    throw new LateException("no connection to " + endpoint + " within " + limit, e);
                }
            }
        }
    }

    /** Connects, by one who has been counted. */
    private Connection tryOnce(BackOff.Attempt attempt, Duration limit) throws IOException {
        boolean connected = false;
        try {
            Connection connection = opened(connector.connect(attempt, limit));
            connected = true;
            return connection;
        } finally {
            if (!connected) {
                live.decrementAndGet();
            }
        }
    }

    private Connection opened(SocketChannel channel) throws IOException {
        ParkedSocket socket;
        try {
            socket = new ParkedSocket(channel, Pollers.common().next());
        } catch (IOException e) {
            channel.close();
            throw e;
        }
        unanswered.incrementAndGet();
        var connection = new Connection(socket, unanswered::decrementAndGet);
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
        // more than there are places for come from a replacement that was not needed: one of them may have no worker
        boolean needed = !isAnyStarving() && live.get() <= settings.places().most();
        if (reusable && settings.idle().isPositive() && needed && !isTooOld(connection) && keep(connection)) {
            return;
        }
        discard(connection);
    }

    /** Whether a new connection waits for so long that perhaps nobody looks at it. */
    private boolean isAnyStarving() {
        if (!fewWorkers || unanswered.get() == 0) {
            return false;
        }
        long now = System.nanoTime();
        for (Connection connection : open) {
            if (!connection.hasServed() && now - connection.opened() > STARVING_NANOS) {
                return true;
            }
        }
        return false;
    }

    private boolean keep(Connection connection) {
        connection.release();
        if (closed || !kept.put(connection)) {
            return false;
        }
        if (closed) {
            // closed under us, which has closed the connection too
            kept.removeAll();
        }
        return true;
    }

    private void discard(Connection connection) {
        if (!open.remove(connection)) {
            return;
        }
        connection.close();
        live.decrementAndGet();
        if (!connection.hasServed()) {
            unanswered.decrementAndGet();
        }
        if (connection.isBroken()) {
            replace();
        }
    }

    /** A connection broke: opens another if there are few, unless nobody wants one. */
    private void replace() {
        if (!isWanted() || replacing.get() > 0 && backOff.isFailing()) {
            return;
        }
        int most = Math.max(1, settings.places().most() / 2);
        for (int now = live.get(); now < most; now = live.get()) {
            if (live.compareAndSet(now, now + 1)) {
                replacing.incrementAndGet();
                Thread.ofVirtual().name("pool-connect").start(this::openInBackground);
                return;
            }
        }
    }

    /** Whether there were requests lately; without any, connections that the other side closes are not missed. */
    private boolean isWanted() {
        return !closed && settings.idle().isPositive() && System.nanoTime() - lastWanted < settings.idle().toNanos();
    }

    private void openInBackground() {
        try {
            while (isWanted()) {
                BackOff.Attempt attempt = backOff.awaitTurn(System.nanoTime() + settings.idle().toNanos(), true);
                try {
                    Connection connection = tryOnce(attempt, FOREVER);
                    connection.noteAnswer(1);
                    giveBack(connection, true);
                    return;
                } catch (IOException e) {
                    LOGGER.atDebug().addKeyValue("program", endpoint).setCause(e).log("can't be reached yet");
                    live.incrementAndGet();
                    if (replacing.get() > 1) {
                        // one is enough to wait for it
                        break;
                    }
                }
            }
            live.decrementAndGet();
        } catch (UnavailableException e) {
            live.decrementAndGet();
        } catch (InterruptedException e) {
            live.decrementAndGet();
            Thread.currentThread().interrupt();
        } finally {
            replacing.decrementAndGet();
        }
    }

    /** Closes the connections that have never brought an answer: their program may not have seen them, and be gone. */
    public void closeUnanswered() {
        open.stream().filter(connection -> !connection.hasServed()).forEach(Connection::close);
    }

    /** Closes those that are late, and those that were kept for too long or were closed by the other side. */
    private void sweep() {
        try {
            long lastLook = System.nanoTime();
            while (true) {
                Thread.sleep(Duration.ofMillis(Math.clamp(settings.idle().toMillis() / 4, 1, LONGEST_NAP)));
                long now = System.nanoTime();
                open.forEach(connection -> connection.expire(now));
                if (isAnyStarving()) {
                    kept.removeAll().forEach(this::discard);
                }
                if (now - lastLook >= Math.min(LOOK_NANOS, settings.idle().toNanos() / 4)) {
                    lastLook = now;
                    if (isWanted()) {
                        endpoint.refresh();
                    }
                    kept.remove(connection -> isInDoubt(connection, now), connection -> isDone(connection, now)).forEach(this::discard);
                }
            }
        } catch (InterruptedException e) {
            // closed
        }
    }

    /** Does not change it, as another thread may take it. */
    private boolean isInDoubt(Connection connection, long now) {
        return isOver(connection, now) || !connection.isSilent();
    }

    private boolean isOver(Connection connection, long now) {
        return now - connection.released() > settings.idle().toNanos() || isTooOld(connection) || hasMoved(connection);
    }

    private boolean isDone(Connection connection, long now) {
        if (isOver(connection, now)) {
            return true;
        }
        if (!connection.isQuiet(false)) {
            connection.noteBroken();
            return true;
        }
        return false;
    }

    private boolean hasMoved(Connection connection) {
        try {
            return !endpoint.isCurrent(connection.remoteAddress());
        } catch (java.io.UncheckedIOException e) {
            return true;
        }
    }

    /** Closes all connections, those in use too. */
    @Override
    public void close() {
        closed = true;
        sweep.interrupt();
        kept.removeAll();
        open.forEach(Connection::close);
    }
}
