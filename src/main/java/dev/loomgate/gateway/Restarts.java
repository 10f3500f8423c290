package dev.loomgate.gateway;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Keeps what happens to the processes of a gateway: that one ended, why, and when another takes its place. A place is where always
 * one process is to be. Safe for use by many threads.
 */
public final class Restarts {
    private final AtomicLong restarts = new AtomicLong();
    private final Set<Object> empty = ConcurrentHashMap.newKeySet();
    private final Map<Object, Instant> starts = new ConcurrentHashMap<>();
    private volatile End last;

    private record End(String how, Instant at) {
    }

    /** Nothing has happened yet. */
    public Restarts() {
        // nothing to prepare
    }

    /**
     * A process has ended that should not have, or could not be started.
     *
     * @param place where it was
     * @param how   which one, and how it ended
     */
    public void ended(Object place, String how) {
        last = new End(how, Instant.now());
        empty.add(place);
    }

    /**
     * Says better how the last one ended.
     *
     * @param how which one, and how it ended
     */
    public void explain(String how) {
        last = new End(how, Instant.now());
    }

    /** The next one is started no sooner than after this time. */
    public void wait(Object place, Duration pause) {
        starts.put(place, Instant.now().plus(pause));
    }

    /** There is one in the place again, or for the first time. */
    public void started(Object place) {
        starts.remove(place);
        if (empty.remove(place)) {
            restarts.incrementAndGet();
        }
    }

    /** There is not to be one any more. */
    public void forget(Object place) {
        starts.remove(place);
        empty.remove(place);
    }

    /** How the processes do. */
    public Workers workers() {
        Optional<End> end = Optional.ofNullable(last);
        return new Workers(restarts.get(), end.map(End::how), end.map(End::at), starts.values().stream().min(Instant::compareTo));
    }
}
