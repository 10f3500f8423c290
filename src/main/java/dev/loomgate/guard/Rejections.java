package dev.loomgate.guard;

import java.net.InetAddress;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts who was turned away, and says so in the log at a bounded rate: the first time at once, then at most one line for each
 * reason in ten seconds, with their number. Safe for use by many threads.
 */
public final class Rejections {
    private static final Logger LOGGER = LoggerFactory.getLogger(Rejections.class);
    /** The least time between two lines about one reason. */
    static final Duration LOG_EVERY = Duration.ofSeconds(10);

    private final Map<Reason, Tally> tallies = new EnumMap<>(Reason.class);

    /** Counts of nothing. */
    public Rejections() {
        for (Reason reason : Reason.values()) {
            tallies.put(reason, new Tally());
        }
    }

    private static final class Tally {
        private final LongAdder count = new LongAdder();
        private final AtomicLong nextLine = new AtomicLong(System.nanoTime());
        private volatile long logged;
        private volatile Object latest = "";
    }

    /**
     * Counts one.
     *
     * @param client whom it hit, for the log: an address, or a text
     */
    public void count(Reason reason, Object client) {
        Tally tally = tallies.get(reason);
        if (reason.isLogged()) {
            // before it counts: what is counted may be logged by another at once
            tally.latest = client;
        }
        tally.count.increment();
        if (reason.isLogged()) {
            log(reason, tally);
        }
    }

    /** Logs what has been counted but not been logged, as far as a line is due. */
    public void logRest() {
        tallies.forEach((reason, tally) -> {
            if (reason.isLogged() && tally.count.sum() > tally.logged) {
                log(reason, tally);
            }
        });
    }

    private static void log(Reason reason, Tally tally) {
        long now = System.nanoTime();
        long due = tally.nextLine.get();
        if (now - due >= 0 && tally.nextLine.compareAndSet(due, now + LOG_EVERY.toNanos())) {
            long count = tally.count.sum();
            long before = tally.logged;
            tally.logged = count;
            LOGGER.atWarn().addKeyValue("reason", reason.label()).addKeyValue("count", count - before)
                    .addKeyValue("latest", tally.latest instanceof InetAddress address ? address.getHostAddress() : tally.latest)
                    .log("clients turned away: " + reason.text());
        }
    }

    /** How many there were for a reason since the start. */
    public long count(Reason reason) {
        return tallies.get(reason).count.sum();
    }
}
