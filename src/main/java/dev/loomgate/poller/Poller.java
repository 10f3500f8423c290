package dev.loomgate.poller;

import java.io.IOException;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Wakes virtual threads whose sockets have become ready. It is a virtual thread itself, so that it takes its turn among those
 * that it wakes: it looks, wakes all that can go on, lets them run, and looks again.
 *
 * <p>The JDK does the same when a virtual thread reads from a socket that has nothing, but arms the socket anew for every single
 * wait, and finds out by a read in vain that it must: two system calls and an entry in a map for each request, where a socket
 * stays registered here as long as it is open. A socket is taken out only while there is something to read that nobody waits for.
 *
 * <p>And because all who wait for a client are woken here, here they can be held back: see {@link Outsiders}.
 *
 * <p>Safe for use by many threads.
 */
public final class Poller {
    private static final Logger LOGGER = LoggerFactory.getLogger(Poller.class);
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

    private final Selector selector;
    private final Thread thread;
    private final Queue<Thread> turns = new ConcurrentLinkedQueue<>();
    private volatile boolean asleep;
    private volatile boolean held;

    private Poller(Selector selector) {
        this.selector = selector;
        this.thread = Thread.ofVirtual().name("loomgate-poll").unstarted(this::run);
    }

    /** @throws IOException if there is no descriptor left for it */
    static Poller start() throws IOException {
        var poller = new Poller(Selector.open());
        poller.thread.start();
        return poller;
    }

    /**
     * Has a channel looked at, which does not block.
     *
     * @param interest operations that are waited for
     * @param waiter   is told when the channel is ready
     * @throws IOException if the channel is closed
     */
    SelectionKey register(SocketChannel channel, int interest, ParkedSocket waiter) throws IOException {
        SelectionKey key = channel.register(selector, interest, waiter);
        heed();
        return key;
    }

    /** Takes notice of a key that was changed, or of a channel that was closed. */
    void heed() {
        if (asleep) {
            selector.wakeup();
        }
    }

    /** Parks the calling thread until those that are ready have had their turn. */
    void awaitTurn() {
        turns.add(Thread.currentThread());
        heed();
        LockSupport.park(this);
    }

    boolean isHeld() {
        return held;
    }

    /** Wakes nobody until {@link #release}. */
    void hold() {
        held = true;
    }

    void release() {
        held = false;
        LockSupport.unpark(thread);
    }

    private void run() {
        while (true) {
            try {
                while (held) {
                    LockSupport.park(this);
                }
                if (selector.selectNow(Poller::tell) + takeTurns() == 0) {
                    sleep();
                    takeTurns();
                }
                // behind those that were woken
                Thread.yield();
            } catch (IOException | RuntimeException | Error e) {
                // it must live: no connection is served without it
                LOGGER.atError().setCause(e).log("waiting for sockets failed, going on");
                LockSupport.parkNanos(PAUSE_NANOS);
            }
        }
    }

    private int takeTurns() {
        int taken = 0;
        // not those that come meanwhile, or it would go on for ever
        for (int most = turns.size(); taken < most; taken++) {
            LockSupport.unpark(turns.poll());
        }
        return taken;
    }

    private void sleep() throws IOException {
        asleep = true;
        try {
            // looks at changed keys first: what was changed before is seen there, what is changed later wakes it
            if (turns.isEmpty()) {
                selector.select(Poller::tell);
            }
        } finally {
            asleep = false;
        }
    }

    private static void tell(SelectionKey key) {
        try {
            ((ParkedSocket) key.attachment()).ready(key, key.readyOps());
        } catch (CancelledKeyException e) {
            LOGGER.trace("a socket was closed when it was ready", e);
        }
    }
}
