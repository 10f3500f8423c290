package dev.loomgate.transport;

import java.util.Collection;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/**
 * Listeners whose connections take the same room, as they have one guard: whoever needs some looks at the connections of all of them,
 * so that who fills one does not keep clients of the others out. Safe for use by many threads.
 */
public final class Neighbours {
    private final List<Collection<Connection>> connections = new CopyOnWriteArrayList<>();

    /** None yet; listeners that are opened with this join. */
    public Neighbours() {
        // nothing to do
    }

    void join(Collection<Connection> ofListener) {
        connections.add(ofListener);
    }

    void leave(Collection<Connection> ofListener) {
        connections.removeIf(one -> one == ofListener);
    }

    /** Looks at all connections. */
    void forEach(Consumer<Connection> look) {
        connections.forEach(all -> all.forEach(look));
    }
}
