package dev.loomgate.transport;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

import dev.loomgate.guard.Reason;
import dev.loomgate.guard.Rejections;

/**
 * Makes room when there are too many connections: those that have never sent a byte go first, then those that wait for their next
 * request, the oldest of each before the others. For the accepting thread alone.
 */
final class Crowd {
    /** Connections closed at a time, so that not every new one has to look through all. */
    private static final int BATCH = 32;
    /** Age in milliseconds below which a connection is left alone: its first request may be on its way. */
    private static final long YOUNG = 1_000;
    /** The same for one that has had a request, which may be in the middle of loading a page. */
    private static final long YOUNG_IDLE = 10_000;
    private static final long LOOK_EVERY_MILLIS = 100;

    private final Collection<Connection> connections;
    private final Deadlines deadlines;
    private final Rejections rejections;
    private long nextLook = Long.MIN_VALUE;

    Crowd(Collection<Connection> connections, Deadlines deadlines, Rejections rejections) {
        this.connections = connections;
        this.deadlines = deadlines;
        this.rejections = rejections;
    }

    private record Waiting(Connection connection, long age) {
    }

    /** Loads the classes that {@link #makeRoom} uses. */
    static void rehearse() {
        oldestFirst(new ArrayList<>(List.of(new Waiting(null, 0), new Waiting(null, 1))));
    }

    /** Closes some connections that wait; returns whether there were any. */
    boolean makeRoom() {
        long now = deadlines.now();
        if (now < nextLook) {
            return false;
        }
        int closed = 0;
        for (Waiting waiting : waiting()) {
            if (closed == BATCH) {
                break;
            }
            // beforehand: a closed socket does not know it any more
            Object client = waiting.connection().client();
            if (waiting.connection().leaveIfWaiting()) {
                rejections.count(Reason.ROOM_NEEDED, client);
                closed++;
            }
        }
        if (closed == 0) {
            nextLook = now + LOOK_EVERY_MILLIS;
        }
        return closed > 0;
    }

    private List<Waiting> waiting() {
        var silent = new ArrayList<Waiting>();
        var idle = new ArrayList<Waiting>();
        for (Connection connection : connections) {
            LeanSocket socket = connection.socket();
            long age = socket.idleAge();
            boolean first = socket.isSilent();
            if (age >= (first ? YOUNG : YOUNG_IDLE)) {
                (first ? silent : idle).add(new Waiting(connection, age));
            }
        }
        return oldestFirst(silent.isEmpty() ? idle : silent);
    }

    private static List<Waiting> oldestFirst(List<Waiting> waiting) {
        waiting.sort(Comparator.comparingLong(Waiting::age).reversed());
        return waiting;
    }
}
