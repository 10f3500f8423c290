package dev.loomgate.hostile;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;

import dev.loomgate.testing.RawClient;
import org.awaitility.Awaitility;

/**
 * Clients of one address that do the same thing again and again, each time on a new connection. They leave connections open as long as
 * there are not too many.
 */
final class Attackers implements AutoCloseable {
    static final String ADDRESS = "127.0.0.2";
    private static final int MOST_HELD = 200;

    private final int port;
    private final long pauseNanos;
    private final Act act;
    private final ConcurrentLinkedQueue<RawClient> held = new ConcurrentLinkedQueue<>();
    private final List<Thread> threads = new ArrayList<>();
    private volatile boolean resting;
    private volatile boolean done;

    /** What one hostile client does, once. It is cut off, which it takes for granted. */
    @FunctionalInterface
    interface Act {
        void by(RawClient client) throws IOException;
    }

    private Attackers(int port, long pauseNanos, Act act) {
        this.port = port;
        this.pauseNanos = pauseNanos;
        this.act = act;
    }

    /**
     * Starts some.
     *
     * @param pauseNanos for how long each does nothing before the next time: they run on the same processors as the others, which is
     *                   the one thing that they must not take here
     */
    static Attackers start(int port, int count, long pauseNanos, Act act) {
        var attackers = new Attackers(port, pauseNanos, act);
        for (int i = 0; i < count; i++) {
            // not virtual: these would queue for the server's processors
            attackers.threads.add(Thread.ofPlatform().name("attacker-" + i).daemon().start(attackers::run));
        }
        return attackers;
    }

    /** Has them do nothing for a while, or go on. What they have begun they end. */
    void rest(boolean whether) {
        resting = whether;
    }

    private void run() {
        while (!done) {
            if (!resting) {
                attackOnce();
            }
            LockSupport.parkNanos(pauseNanos);
        }
    }

    private void attackOnce() {
        RawClient client = null;
        try {
            client = RawClient.connectFrom(ADDRESS, port);
            held.add(client);
            act.by(client);
            if (held.size() > MOST_HELD) {
                held.remove().close();
            }
        } catch (IOException | RuntimeException cutOff) {
            if (client != null) {
                held.remove(client);
                close(client);
            }
        }
    }

    private static void close(RawClient client) {
        try {
            client.close();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** Closes what they wait for until they have noticed. */
    @Override
    public void close() {
        done = true;
        Awaitility.await().until(() -> {
            held.forEach(Attackers::close);
            return threads.stream().noneMatch(Thread::isAlive);
        });
        held.forEach(Attackers::close);
    }
}
