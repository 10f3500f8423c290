package dev.loomgate.poller;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Sees to it that virtual threads which become ready from outside get to run. The scheduler of the JDK keeps two kinds of queues:
 * each processor's own, of threads that were woken by the one that ran there, and those for what comes from outside, as new
 * connections do, and threads that have slept. A processor looks outside only when its own queue is empty, which, while a few busy
 * clients keep it filled, may be never. So a thread is started from outside time and again; if it does not get to run, the pollers
 * are held: nobody's client is heard any more, the queue of each processor runs empty, and all of them look outside.
 */
final class Outsiders {
    private static final long LONG_WAIT_NANOS = TimeUnit.MILLISECONDS.toNanos(5);
    /** Time between two probes while all is well, and while it is not. */
    private static final long SELDOM_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final long SOON_NANOS = TimeUnit.MILLISECONDS.toNanos(10);
    /** Longest time without the pollers: a handler that goes on and on must not stop all others. */
    private static final long MOST_HELD_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private final Pollers pollers;
    private final Thread prober;
    private volatile boolean probing;

    Outsiders(Pollers pollers) {
        this.pollers = pollers;
        this.prober = Thread.ofPlatform().name("loomgate-probe").daemon().unstarted(this::run);
    }

    void start() {
        prober.start();
    }

    private void run() {
        while (!Thread.currentThread().isInterrupted()) {
            probing = true;
            Thread.ofVirtual().start(() -> {
                probing = false;
                LockSupport.unpark(prober);
            });
            boolean late = !awaitProbe(LONG_WAIT_NANOS);
            if (late) {
                pollers.hold();
                awaitProbe(MOST_HELD_NANOS);
                pollers.release();
            }
            LockSupport.parkNanos(this, late ? SOON_NANOS : SELDOM_NANOS);
        }
    }

    /** Waits until the probe has run; returns whether it has. */
    private boolean awaitProbe(long nanos) {
        long end = System.nanoTime() + nanos;
        while (probing && !Thread.currentThread().isInterrupted()) {
            long left = end - System.nanoTime();
            if (left <= 0) {
                return false;
            }
            LockSupport.parkNanos(this, left);
        }
        return true;
    }
}
