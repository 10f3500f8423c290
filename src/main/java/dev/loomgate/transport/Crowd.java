package dev.loomgate.transport;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;

import dev.loomgate.guard.Guard;
import dev.loomgate.guard.Reason;

/**
 * Makes room when there are too many connections: see {@link Wait} for which go first, of each kind the oldest before the others.
 * If there are none that have waited for long, and it is for somebody who has less than his share of the connections, those go
 * that wait for a request of somebody who has more. The connections of all neighbours count. For the accepting thread alone.
 */
final class Crowd {
    /** Connections closed at a time, so that not every new one has to look through all. */
    private static final int BATCH = 32;
    private static final long LOOK_EVERY_MILLIS = 100;

    private final Neighbours neighbours;
    private final Deadlines deadlines;
    private long nextLook = Long.MIN_VALUE;
    private long nextShareLook = Long.MIN_VALUE;

    Crowd(Neighbours neighbours, Deadlines deadlines) {
        this.neighbours = neighbours;
        this.deadlines = deadlines;
    }

    private record Waiting(Connection connection, Wait what, long age) {
    }

    /** Loads the classes that {@link #makeRoom} uses. */
    static void rehearse() {
        oldestFirst(new ArrayList<>(List.of(new Waiting(null, Wait.CLOSE, 0), new Waiting(null, Wait.CLOSE, 1))));
    }

    /**
     * Closes some connections that wait.
     *
     * @param newcomer whom it is for; null if it is not known
     * @param guard    whose connections there are too many of
     * @return whether there were any
     */
    boolean makeRoom(InetAddress newcomer, Guard guard) {
        long now = deadlines.now();
        if (now >= nextLook) {
            if (close(longest(), false, guard)) {
                return true;
            }
            nextLook = now + LOOK_EVERY_MILLIS;
        }
        int share = now < nextShareLook ? 0 : guard.fairShareFor(newcomer);
        if (share == 0) {
            return false;
        }
        // In a burst of new connections all of those above may have sent something that their threads have not come to read. One
        // that has more than its share goes, rather than one that has none.
        List<Waiting> above = ofThoseAbove(share);
        if (close(above, false, guard) || close(above, true, guard)) {
            return true;
        }
        if (!above.isEmpty()) {
            // all at work; if there were none at all, some have just gone, and the next newcomer is not to suffer from that
            nextShareLook = now + LOOK_EVERY_MILLIS;
        }
        return false;
    }

    private static boolean close(List<Waiting> victims, boolean unread, Guard guard) {
        int closed = 0;
        for (Waiting waiting : victims) {
            if (closed == BATCH) {
                break;
            }
            // beforehand: a closed socket does not know it any more
            Object client = waiting.connection().client();
            if (waiting.connection().leaveIfWaiting(waiting.what(), unread)) {
                guard.rejections().count(Reason.ROOM_NEEDED, client);
                closed++;
            }
        }
        return closed > 0;
    }

    /** Those that have waited for long for what is least worth waiting for. */
    private List<Waiting> longest() {
        var found = new EnumMap<Wait, List<Waiting>>(Wait.class);
        neighbours.forEach(connection -> {
            Wait what = connection.socket().waitsFor();
            long age = connection.socket().waited();
            if (what != null && what.isLong(age)) {
                found.computeIfAbsent(what, any -> new ArrayList<>()).add(new Waiting(connection, what, age));
            }
        });
        return found.isEmpty() ? List.of() : oldestFirst(found.values().iterator().next());
    }

    private List<Waiting> ofThoseAbove(int share) {
        var found = new ArrayList<Waiting>();
        neighbours.forEach(connection -> {
            Wait what = connection.socket().waitsFor();
            if (what != null && connection.ticket().connectionsOfAddress() > share) {
                found.add(new Waiting(connection, what, connection.socket().waited()));
            }
        });
        return oldestFirst(found);
    }

    private static List<Waiting> oldestFirst(List<Waiting> waiting) {
        waiting.sort(Comparator.comparingLong(Waiting::age).reversed());
        return waiting;
    }
}
