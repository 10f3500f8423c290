package dev.loomgate.transport;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

import dev.loomgate.guard.Guard;
import dev.loomgate.guard.Reason;

/**
 * Makes room when there are too many connections: see {@link Wait} for which go first, of each kind the oldest before the others.
 * If there are none that have waited for long, and it is for somebody who has less than his share of the connections, those go
 * that wait of somebody who has more, until he has his share. The connections of all neighbours count. For the accepting thread
 * alone.
 */
final class Crowd {
    /** Connections closed at a time, so that not every new one has to look through all. */
    private static final int BATCH = 32;
    private static final long LOOK_EVERY_MILLIS = 100;
    private static final int NO_SHARE = 0;

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
            for (List<Waiting> kind : longWaits().values()) {
                // of some kinds all may have sent something that their threads have not come to read
                if (close(kind, false, NO_SHARE, guard)) {
                    return true;
                }
            }
            nextLook = now + LOOK_EVERY_MILLIS;
        }
        int share = now < nextShareLook ? NO_SHARE : guard.fairShareFor(newcomer);
        if (share == NO_SHARE) {
            return false;
        }
        // In a burst of new connections all of those above may have sent something that their threads have not come to read. One
        // that has more than its share goes, rather than one that has none.
        var above = new ArrayList<Waiting>();
        boolean working = findAbove(share, above);
        if (close(above, false, share, guard) || close(above, true, share, guard)) {
            return true;
        }
        if (above.isEmpty() && working) {
            // nothing to be done for anyone; else some have just gone or begun to work, which is different for the next newcomer
            nextShareLook = now + LOOK_EVERY_MILLIS;
        }
        return false;
    }

    /** @param share connections that each address is left with */
    private static boolean close(List<Waiting> victims, boolean unread, int share, Guard guard) {
        int closed = 0;
        for (Waiting waiting : victims) {
            if (closed == BATCH) {
                break;
            }
            Connection connection = waiting.connection();
            if (share != NO_SHARE && connection.ticket().connectionsOfAddress() <= share) {
                continue;
            }
            // beforehand: a closed socket does not know it any more
            Object client = connection.client();
            if (connection.leaveIfWaiting(waiting.what(), unread)) {
                guard.rejections().count(Reason.ROOM_NEEDED, client);
                closed++;
            }
        }
        return closed > 0;
    }

    /** Those that have waited for long, by what for, the least worth waiting for first. */
    private Map<Wait, List<Waiting>> longWaits() {
        var found = new EnumMap<Wait, List<Waiting>>(Wait.class);
        neighbours.forEach(connection -> {
            Wait what = connection.socket().waitsFor();
            long age = connection.socket().waited();
            if (what != null && what.isLong(age)) {
                found.computeIfAbsent(what, any -> new ArrayList<>()).add(new Waiting(connection, what, age));
            }
        });
        found.values().forEach(Crowd::oldestFirst);
        return found;
    }

    /** Finds connections of those who have more than that; returns whether others of theirs are at work, and so not among them. */
    private boolean findAbove(int share, List<Waiting> above) {
        int[] working = {0};
        neighbours.forEach(connection -> {
            if (connection.ticket().connectionsOfAddress() > share) {
                Wait what = connection.socket().waitsFor();
                if (what == null) {
                    working[0]++;
                } else {
                    above.add(new Waiting(connection, what, connection.socket().waited()));
                }
            }
        });
        oldestFirst(above);
        return working[0] > 0;
    }

    private static void oldestFirst(List<Waiting> waiting) {
        waiting.sort(Comparator.comparingLong(Waiting::age).reversed());
    }
}
