package dev.loomgate.upstream;

import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Servers that do the same, among which requests are divided. A request gets a connection to one that is well; if all have as
 * many as they may, it waits for its turn, first come, first served. Safe for use by many threads.
 */
public final class Group implements AutoCloseable {
    private final GroupSettings settings;
    private final Backend[] backends;
    private final Balancer balancer;
    private final List<Thread> threads;
    private final ReentrantLock lock = new ReentrantLock();
    // guarded by lock
    private final Deque<Waiter> waiters = new ArrayDeque<>();
    private final AtomicInteger waiting = new AtomicInteger();
    private final AtomicLong refused = new AtomicLong();
    private volatile boolean closed;

    /** No connection yet; health checks begin. */
    public Group(GroupSettings settings) {
        this.settings = settings;
        // with others to ask, nobody waits for one
        Duration patience = settings.servers().size() == 1 ? PoolSettings.PATIENCE : Duration.ZERO;
        this.backends = settings.servers().stream().map(server -> new Backend(server, settings, patience)).toArray(Backend[]::new);
        this.balancer = new Balancer(settings.balance(), backends);
        var looks = new java.util.ArrayList<Thread>();
        looks.add(Thread.ofVirtual().name("upstream-" + settings.name()).start(this::look));
        settings.health().ifPresent(health -> Arrays.stream(backends).forEach(backend ->
                looks.add(Thread.ofVirtual().name("health-" + backend).start(new HealthWatch(backend, health)))));
        this.threads = List.copyOf(looks);
    }

    /** A request in the queue. */
    private static final class Waiter {
        private final Claim claim;
        private final Turn turn;
        private volatile Backend granted;
        private boolean gone;

        private Waiter(Claim claim, Turn turn) {
            this.claim = claim;
            this.turn = turn;
        }
    }

    /** How it does, for people. */
    public record Status(List<Backend.Status> servers, int waiting, long refused) {
    }

    /** The servers may work on a few connections only: see {@link Pool}. */
    public void expectFewWorkers() {
        for (Backend backend : backends) {
            backend.pool().expectFewWorkers();
        }
    }

    /**
     * Fails if {@link Claim#take} would at once for want of room in the queue: asked before a request's body is received.
     *
     * @throws UnavailableException if too many wait already
     */
    public void requireRoom() throws UnavailableException {
        if (waiting.get() >= settings.maxWaiting() && Arrays.stream(backends).noneMatch(Backend::hasRoom)) {
            throw full();
        }
    }

    private UnavailableException full() {
        return refused(settings.maxWaiting() + " requests already wait for upstream '" + settings.name()
                + "'; allow more connections (max-connections) or a longer queue (max-waiting)", settings.waitTimeout());
    }

    /** Name of the group. */
    public String name() {
        return settings.name();
    }

    /**
     * A request that is going to need a connection; has none yet.
     *
     * @param client the client's address, for {@link Balance#CLIENT_ADDRESS}
     */
    public Claim claim(String client) {
        return new Claim(this, client);
    }

    /** For {@link Claim#take}. */
    Lease take(Claim claim, Reuse reuse, Duration limit) throws UnavailableException, InterruptedException {
        long deadline = System.nanoTime() + limit.toNanos();
        UnavailableException last = null;
        for (int attempt = 0; attempt <= settings.retries(); attempt++) {
            Backend backend = enter(claim, deadline, last);
            boolean taken = false;
            try {
                var lease = new Lease(this, backend, backend.pool().take(reuse, left(deadline)));
                taken = true;
                return lease;
            } catch (LateException e) {
                // tells nothing about the server
                throw e;
            } catch (UnavailableException e) {
                backend.noteFailure(e.getMessage());
                claim.passOver(backend);
                last = e;
            } finally {
                if (!taken) {
                    leave(backend);
                }
            }
        }
        throw last;
    }

    private static Duration left(long deadline) {
        return Duration.ofNanos(Math.max(1, deadline - System.nanoTime()));
    }

    private Backend enter(Claim claim, long deadline, UnavailableException last)
            throws UnavailableException, InterruptedException {
        if (closed) {
            throw new UnavailableException("the server stops", Optional.of(Duration.ofSeconds(1)), null);
        }
        if (waiting.get() == 0) {
            Backend free = balancer.enter(claim.client(), claim.tried());
            if (free != null) {
                return free;
            }
        }
        if (!balancer.hasCandidate(claim.tried())) {
            if (last != null) {
                throw last;
            }
            throw refused("no server of upstream '" + settings.name() + "' is well", retryAfter());
        }
        return awaitTurn(claim, deadline);
    }

    private Duration retryAfter() {
        return settings.health().map(GroupSettings.Health::interval).orElse(settings.waitTimeout());
    }

    private Backend awaitTurn(Claim claim, long callersDeadline) throws UnavailableException, InterruptedException {
        if (waiting.incrementAndGet() > settings.maxWaiting()) {
            waiting.decrementAndGet();
            throw full();
        }
        Duration patience = Duration.ofNanos(Math.min(settings.waitTimeout().toNanos(), callersDeadline - System.nanoTime()));
        var waiter = new Waiter(claim, new Turn(patience));
        claim.waits(waiter.turn.thread());
        lock.lock();
        try {
            waiters.add(waiter);
            grant();
        } finally {
            lock.unlock();
        }
        while (waiter.granted == null) {
            boolean interrupted = Thread.currentThread().isInterrupted();
            if ((waiter.turn.isOver() || interrupted || claim.isAbandoned()) && giveUp(waiter)) {
                if (interrupted && Thread.interrupted()) {
                    throw new InterruptedException("interrupted while waiting for upstream '" + settings.name() + "'");
                }
                throw claim.isAbandoned() ? new LateException("nobody waits for upstream '" + settings.name() + "' any more", null)
                        : refused("waited " + patience.truncatedTo(ChronoUnit.MILLIS) + " for a connection to upstream '"
                                + settings.name() + "'", settings.waitTimeout());
            }
            if (waiter.granted == null) {
                waiter.turn.park();
            }
        }
        return waiter.granted;
    }

    /** Leaves the queue; false if the turn has just come. */
    private boolean giveUp(Waiter waiter) {
        lock.lock();
        try {
            if (waiter.granted != null) {
                return false;
            }
            waiter.gone = true;
            waiting.decrementAndGet();
            if (waiters.peekFirst() == waiter) {
                waiters.pollFirst();
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Gives those that wait what there is, the first first. */
    private void grant() {
        for (Waiter first = waiters.peekFirst(); first != null; first = waiters.peekFirst()) {
            if (!first.gone) {
                Backend backend = balancer.enter(first.claim.client(), first.claim.tried());
                if (backend == null) {
                    return;
                }
                first.granted = backend;
                waiting.decrementAndGet();
                first.turn.wake();
            }
            waiters.pollFirst();
        }
    }

    /** A request has ended. */
    void leave(Backend backend) {
        backend.leave();
        if (waiting.get() > 0) {
            grantNow();
        }
    }

    private void grantNow() {
        lock.lock();
        try {
            grant();
        } finally {
            lock.unlock();
        }
    }

    private void look() {
        try {
            while (!closed) {
                Thread.sleep(Turn.LOOK);
                if (waiting.get() > 0) {
                    // a server that comes back by the mere lapse of time tells nobody
                    lookOnce();
                }
            }
        } catch (InterruptedException e) {
            // closed
        }
    }

    private void lookOnce() {
        lock.lock();
        try {
            grant();
            waiters.forEach(waiter -> waiter.turn.look());
        } finally {
            lock.unlock();
        }
    }

    private UnavailableException refused(String reason, Duration retryAfter) {
        refused.incrementAndGet();
        return new UnavailableException(reason, Optional.of(retryAfter), null);
    }

    /** How it does at this moment. */
    public Status status() {
        return new Status(Arrays.stream(backends).map(Backend::status).toList(), waiting.get(), refused.get());
    }

    /** Closes all connections, those in use too; nothing can be taken any more. */
    @Override
    public void close() {
        closed = true;
        threads.forEach(Thread::interrupt);
        for (Backend backend : backends) {
            backend.pool().close();
        }
    }

    /** Asks one server again and again whether it is well. */
    private static final class HealthWatch implements Runnable {
        private final Backend backend;
        private final GroupSettings.Health health;
        private int good;
        private int bad;

        private HealthWatch(Backend backend, GroupSettings.Health health) {
            this.backend = backend;
            this.health = health;
        }

        @Override
        public void run() {
            try {
                while (true) {
                    ask();
                    long interval = health.interval().toNanos();
                    TimeUnit.NANOSECONDS.sleep(interval - interval / 10
                            + java.util.concurrent.ThreadLocalRandom.current().nextLong(interval / 5 + 1));
                }
            } catch (InterruptedException e) {
                // closed
            }
        }

        private void ask() throws InterruptedException {
            try {
                Connection connection = backend.pool().aside();
                try {
                    connection.limitWait(health.timeout());
                    health.check().ask(connection);
                } finally {
                    backend.pool().giveBack(connection, false);
                }
                bad = 0;
                if (++good >= health.healthy()) {
                    backend.noteHealth(true, "");
                }
            } catch (java.io.IOException | UnavailableException e) {
                good = 0;
                if (++bad >= health.unhealthy()) {
                    backend.noteHealth(false, e.getMessage());
                }
            }
        }
    }
}
