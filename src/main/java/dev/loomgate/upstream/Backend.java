package dev.loomgate.upstream;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One server of a group: its connections, how it does, and how much it gets. Safe for use by many threads. */
public final class Backend {
    private static final Logger LOGGER = LoggerFactory.getLogger(Backend.class);
    /** A server that comes back begins with this part of its weight. */
    private static final double SLOWEST = 0.1;
    private static final int LONGEST_EJECTION = 10;
    private static final int LONGEST_REASON = 200;

    private final GroupSettings.Server server;
    private final GroupSettings settings;
    private final Pool pool;
    private final AtomicInteger active = new AtomicInteger();
    private final LongAdder requests = new LongAdder();
    private final LongAdder failures = new LongAdder();
    private final AtomicInteger ejections = new AtomicInteger();
    private final AtomicInteger inARow = new AtomicInteger();
    private volatile boolean healthy = true;
    private volatile boolean ejected;
    private volatile long ejectedUntil;
    private volatile int ejectedInARow;
    private volatile boolean slow;
    private volatile long back;
    private volatile String illness = "";
    private volatile String ejection = "";

    Backend(GroupSettings.Server server, GroupSettings settings, Duration patience) {
        this.server = server;
        this.settings = settings;
        var limits = new Places.Limits(server.maxConnections(), 0, settings.waitTimeout(), "a request", "");
        this.pool = new Pool(server.endpoint(), new PoolSettings(limits, settings.connectTimeout(), patience, settings.idle(),
                settings.lifetime()), new Places(limits), false);
    }

    /**
     * How it does, for people.
     *
     * @param reason why it is in this state, if it is not well; of bounded length
     */
    public record Status(String address, String state, Optional<String> reason, int active, int idle, int weight, boolean backup,
                         long requests, long failures, int ejections, long connects) {
    }

    /** Where it listens. */
    public Endpoint endpoint() {
        return server.endpoint();
    }

    Pool pool() {
        return pool;
    }

    boolean isBackup() {
        return server.backup();
    }

    /** Whether a health check has not found it to be ill. */
    boolean isHealthy() {
        return healthy;
    }

    /** Whether it may have requests. */
    boolean isUsable() {
        return healthy && !isEjected() && pool.isHopeful();
    }

    private boolean isEjected() {
        return ejected && !endEjectionIfOver();
    }

    private synchronized boolean endEjectionIfOver() {
        // it may have ended, and another may have begun
        if (ejected && System.nanoTime() - ejectedUntil >= 0) {
            ejected = false;
            comesBack();
        }
        return !ejected;
    }

    boolean hasRoom() {
        return active.get() < server.maxConnections();
    }

    boolean tryEnter() {
        for (int now = active.get(); now < server.maxConnections(); now = active.get()) {
            if (active.compareAndSet(now, now + 1)) {
                requests.increment();
                return true;
            }
        }
        return false;
    }

    void leave() {
        active.decrementAndGet();
    }

    /** Requests for each unit of its weight, were it to get one more. */
    double load() {
        return (active.get() + 1) / weight();
    }

    /** Its weight at this moment: less than that of the configuration for a while after it has come back. */
    double weight() {
        if (slow) {
            double part = (double) (System.nanoTime() - back) / settings.slowStart().toNanos();
            if (part < 1) {
                return server.weight() * Math.max(SLOWEST, part);
            }
            slow = false;
        }
        return server.weight();
    }

    private void comesBack() {
        if (settings.slowStart().isPositive()) {
            back = System.nanoTime();
            slow = true;
        }
    }

    /** How often it was ejected, by which a request is known that has begun since the last time. */
    int ejections() {
        return ejections.get();
    }

    /**
     * It has answered. If there is no other it is asked while it is ejected, and then need not wait any longer.
     *
     * @param before how often it had been ejected when the request began: an answer to one from before tells nothing new
     */
    void noteSuccess(int before) {
        if (inARow.get() != 0) {
            inARow.set(0);
        }
        if (ejectedInARow != 0) {
            ejectedInARow = 0;
        }
        if (ejected && before == ejections.get() && endEjection(before)) {
            LOGGER.atInfo().addKeyValue("server", endpoint()).log("server answers again");
        }
    }

    private synchronized boolean endEjection(int number) {
        if (!ejected || number != ejections.get()) {
            return false;
        }
        ejected = false;
        comesBack();
        return true;
    }

    /** It could not be reached, or has failed to answer. */
    void noteFailure(String reason) {
        failures.increment();
        int most = settings.ejectAfter();
        if (most == 0 || inARow.incrementAndGet() < most || ejected) {
            return;
        }
        Duration time = eject(most, reason);
        if (time.isPositive()) {
            LOGGER.atWarn().addKeyValue("server", endpoint()).addKeyValue("reason", reason).addKeyValue("time", time)
                    .log("server gets no requests for a while: it has failed {} times in a row", most);
        }
    }

    /** For how long; zero if it was ejected meanwhile, by others that failed at the same moment. */
    private synchronized Duration eject(int most, String reason) {
        if (ejected) {
            return Duration.ZERO;
        }
        // the next failure is enough
        inARow.set(most - 1);
        ejectedInARow = Math.min(LONGEST_EJECTION, ejectedInARow + 1);
        Duration time = settings.ejectTime().multipliedBy(ejectedInARow);
        ejectedUntil = System.nanoTime() + time.toNanos();
        ejection = most == 1 ? "it has failed: " + known(reason) : most + " failures in a row, the last: " + known(reason);
        ejections.incrementAndGet();
        ejected = true;
        return time;
    }

    /** A health check has found it so. */
    void noteHealth(boolean well, String reason) {
        if (!well) {
            illness = known(reason);
        }
        if (well == healthy) {
            return;
        }
        if (well) {
            comesBack();
            LOGGER.atInfo().addKeyValue("server", endpoint()).log("server is well again");
        } else {
            LOGGER.atWarn().addKeyValue("server", endpoint()).addKeyValue("reason", reason).log("server is ill");
        }
        healthy = well;
    }

    Status status() {
        Optional<String> failure = pool.failure();
        boolean out = isEjected();
        String state = !healthy ? "ill" : out ? "ejected" : failure.isPresent() ? "unreachable" : slow ? "slow start" : "up";
        Optional<String> reason = !healthy ? Optional.of(illness) : out ? Optional.of(ejection) : failure;
        return new Status(endpoint().toString(), state, reason.map(this::brief), active.get(), pool.keptCount(), server.weight(),
                server.backup(), requests.sum(), failures.sum(), ejections.get(), pool.attemptCount());
    }

    private static String known(String reason) {
        return reason == null ? "the connection broke" : reason;
    }

    /** What a server says may be in it, so it is cut, and made one line; its own address, which stands beside it, is left out. */
    private String brief(String reason) {
        String line = reason.replace(endpoint() + " can't", "it can't").replaceAll("\\p{Cntrl}+", " ");
        return line.length() <= LONGEST_REASON ? line : line.substring(0, LONGEST_REASON) + "...";
    }

    @Override
    public String toString() {
        return endpoint().toString();
    }
}
