package dev.loomgate.upstream;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Predicate;

/**
 * Connections that wait for a request. Who takes one tries some places at random, so that threads seldom meet, and then all in
 * turn. Without a lock; safe for use by many threads.
 */
final class Slots {
    /** Enough to find one while at least half of the places hold one, as they do under load: in 15 of 16 cases. */
    private static final int TRIES = 4;

    private final AtomicReferenceArray<Connection> slots;
    private final AtomicInteger count = new AtomicInteger();

    /** @param size most connections, 1 or more */
    Slots(int size) {
        this.slots = new AtomicReferenceArray<>(size);
    }

    /** How many wait. */
    int count() {
        return count.get();
    }

    /** Takes any; null if none waits. */
    Connection take() {
        if (count.get() <= 0) {
            return null;
        }
        var random = ThreadLocalRandom.current();
        for (int i = 0; i < TRIES; i++) {
            Connection connection = take(random.nextInt(slots.length()));
            if (connection != null) {
                return connection;
            }
        }
        int start = random.nextInt(slots.length());
        for (int i = 0; i < slots.length() && count.get() > 0; i++) {
            Connection connection = take((start + i) % slots.length());
            if (connection != null) {
                return connection;
            }
        }
        return null;
    }

    private Connection take(int slot) {
        if (slots.getPlain(slot) == null) {
            return null;
        }
        Connection connection = slots.getAndSet(slot, null);
        if (connection != null) {
            count.decrementAndGet();
        }
        return connection;
    }

    /** Puts one in; false if there is no room. */
    boolean put(Connection connection) {
        int start = ThreadLocalRandom.current().nextInt(slots.length());
        for (int i = 0; i < slots.length(); i++) {
            int slot = (start + i) % slots.length();
            if (slots.getPlain(slot) == null && slots.compareAndSet(slot, null, connection)) {
                count.incrementAndGet();
                return true;
            }
        }
        return false;
    }

    /** Takes all. */
    List<Connection> removeAll() {
        return remove(connection -> true, connection -> true);
    }

    /**
     * Takes all that are to go.
     *
     * @param isInDoubt asked of each while others may take it and use it
     * @param isToGo    asked of those that are in doubt, each of which is taken out meanwhile
     */
    List<Connection> remove(Predicate<Connection> isInDoubt, Predicate<Connection> isToGo) {
        var removed = new ArrayList<Connection>();
        for (int slot = 0; slot < slots.length(); slot++) {
            Connection there = slots.get(slot);
            if (there == null || !isInDoubt.test(there)) {
                continue;
            }
            Connection connection = take(slot);
            if (connection != null && (isToGo.test(connection) || !put(connection))) {
                removed.add(connection);
            }
        }
        return removed;
    }
}
