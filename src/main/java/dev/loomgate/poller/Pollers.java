package dev.loomgate.poller;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The pollers of this process, among which its sockets are divided: those of clients and those to other programs alike, so that a
 * look at the sockets finds all that can go on. There is one set, as there is one scheduler of virtual threads; it starts with
 * the first socket and is never closed. Safe for use by many threads.
 */
public final class Pollers {
    /** One keeps up with several processors, and fewer sleep and wake less. */
    private static final int PROCESSORS_OF_ONE = 2;

    private static Pollers common;

    private final Poller[] pollers;
    private final AtomicInteger next = new AtomicInteger();

    private Pollers(Poller[] pollers) {
        this.pollers = pollers;
    }

    /** @throws IOException if there is no descriptor left for them */
    public static synchronized Pollers common() throws IOException {
        if (common == null) {
            common = start();
        }
        return common;
    }

    private static Pollers start() throws IOException {
        var pollers = new Poller[Math.max(1, Runtime.getRuntime().availableProcessors() / PROCESSORS_OF_ONE)];
        for (int i = 0; i < pollers.length; i++) {
            pollers[i] = Poller.start();
        }
        var started = new Pollers(pollers);
        new Outsiders(started).start();
        return started;
    }

    /** The one for the next socket. */
    public Poller next() {
        return pollers.length == 1 ? pollers[0] : pollers[(next.getAndIncrement() & Integer.MAX_VALUE) % pollers.length];
    }

    void hold() {
        for (Poller poller : pollers) {
            poller.hold();
        }
    }

    void release() {
        for (Poller poller : pollers) {
            poller.release();
        }
    }
}
