package dev.loomgate.upstream;

import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Servers that do the same, among which requests are divided. A request gets a connection to one that is well; if all have as
 * many as they may, it waits for its turn, first come, first served. Safe for use by many threads.
 */
public final class Group implements AutoCloseable {
    private final GroupSettings settings;
    private final Backend[] backends;
    private final Balancer balancer;
    private final List<Thread> threads;
    private final Line<Backend> line;
    private final AtomicLong refused = new AtomicLong();
    private volatile boolean closed;

    /** No connection yet; health checks begin. */
    public Group(GroupSettings settings) {
        this.settings = settings;
        // with others to ask, nobody waits for one
        Duration patience = settings.servers().size() == 1 ? PoolSettings.PATIENCE : Duration.ZERO;
        this.backends = settings.servers().stream().map(server -> new Backend(server, settings, patience)).toArray(Backend[]::new);
        this.balancer = new Balancer(settings.balance(), backends);
        this.line = new Line<>(settings.maxWaiting(), "upstream '" + settings.name() + "'");
        this.threads = settings.health().map(health -> Arrays.stream(backends).map(backend ->
                Thread.ofVirtual().name("health-" + backend).start(new HealthWatch(backend, health))).toList()).orElse(List.of());
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
        if (line.isFull() && Arrays.stream(backends).noneMatch(Backend::hasRoom)) {
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
        int attempts = 0;
        while (attempts <= settings.retries()) {
            Backend backend = enter(claim, deadline, last);
            boolean taken = false;
            try {
                var lease = new Lease(this, backend, backend.pool().take(reuse, left(deadline)));
                taken = true;
                return lease;
            } catch (LateException e) {
                // tells nothing about the server
                throw e;
            } catch (NotTriedException e) {
                // others see whether it is back; no attempt was made, and none is used up
                claim.passOver(backend);
                last = e;
            } catch (UnavailableException e) {
                backend.noteFailure(e.getMessage());
                claim.passOver(backend);
                last = e;
                attempts++;
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
        if (line.count() == 0) {
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
        Duration patience = Duration.ofNanos(Math.min(settings.waitTimeout().toNanos(), callersDeadline - System.nanoTime()));
        Line<Backend>.Waiter waiter = line.join(patience, () -> balancer.enter(claim.client(), claim.tried()));
        if (waiter == null) {
            throw full();
        }
        claim.waits(waiter.thread());
        Backend granted = waiter.await(claim::isAbandoned);
        if (granted == null) {
            throw claim.isAbandoned() ? new LateException("nobody waits for upstream '" + settings.name() + "' any more", null)
                    : refused("waited " + patience.truncatedTo(ChronoUnit.MILLIS) + " for a connection to upstream '"
                            + settings.name() + "'", settings.waitTimeout());
        }
        return granted;
    }

    /** A request has ended. */
    void leave(Backend backend) {
        backend.leave();
        line.grant();
    }

    private UnavailableException refused(String reason, Duration retryAfter) {
        refused.incrementAndGet();
        return new UnavailableException(reason, Optional.of(retryAfter), null);
    }

    /** How it does at this moment. */
    public Status status() {
        return new Status(Arrays.stream(backends).map(Backend::status).toList(), line.count(), refused.get());
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
            } catch (java.io.IOException e) {
                good = 0;
                if (++bad >= health.unhealthy()) {
                    backend.noteHealth(false, e.getMessage());
                }
            }
        }
    }
}
