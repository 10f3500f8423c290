package dev.loomgate.transport;

import java.io.IOException;

/** The pollers of a listener, among which its sockets are divided. */
final class Pollers implements AutoCloseable {
    /** One keeps up with several processors, and fewer sleep and wake less. */
    private static final int PROCESSORS_OF_ONE = 2;

    private final Poller[] pollers;
    private final Outsiders outsiders;
    private int next;

    private Pollers(Poller[] pollers, String listenerName) {
        this.pollers = pollers;
        this.outsiders = new Outsiders(this, listenerName);
    }

    /** @throws IOException if there is no descriptor left for them */
    static Pollers start(String listenerName) throws IOException {
        var pollers = new Poller[Math.max(1, Runtime.getRuntime().availableProcessors() / PROCESSORS_OF_ONE)];
        var started = new Pollers(pollers, listenerName);
        try {
            for (int i = 0; i < pollers.length; i++) {
                pollers[i] = Poller.start(listenerName);
            }
            started.outsiders.start();
        } catch (IOException e) {
            started.close();
            throw e;
        }
        return started;
    }

    /** The one for the next socket; by one thread. */
    Poller next() {
        next = next + 1 == pollers.length ? 0 : next + 1;
        return pollers[next];
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

    @Override
    public void close() {
        outsiders.close();
        for (Poller poller : pollers) {
            if (poller != null) {
                poller.close();
            }
        }
    }
}
