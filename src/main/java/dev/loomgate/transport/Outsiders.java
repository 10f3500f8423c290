package dev.loomgate.transport;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Sees to it that virtual threads which become ready from outside get to run. The scheduler of the JDK keeps two kinds of queues:
 * each processor's own, of threads that were woken by the one that ran there, and those for what comes from outside, as new
 * connections do, and the news that a socket has something to read. A processor looks outside only when its own queue is empty,
 * which, while requests of a few busy clients keep it filled, may be never; and while it runs the thread of a client that sends
 * requests without a pause, so that this never has to wait, it looks nowhere. So a thread is started from outside time and again;
 * while it does not get to run, threads of connections step aside before each request: woken from outside, they queue there like
 * everybody else.
 */
final class Outsiders implements AutoCloseable {
    private static final long LONG_WAIT_NANOS = TimeUnit.MILLISECONDS.toNanos(5);
    /** Time between two probes while all is well, and while it is not. */
    private static final long SELDOM_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final long SOON_NANOS = TimeUnit.MILLISECONDS.toNanos(10);
    /** How long threads are held aside. */
    private static final long HELD_ASIDE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
    /** When nobody wakes a thread any more, as this is closed. */
    private static final long MOST_ASIDE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final BlockingQueue<Thread> aside = new LinkedBlockingQueue<>();
    private final Thread prober;
    /** When the thread was started that has not run yet; 0 if it has. */
    private volatile long probeStarted;
    private volatile long probeWaited;

    Outsiders(String listenerName) {
        prober = Thread.ofPlatform().name("loomgate-probe-" + listenerName).daemon().unstarted(this::run);
    }

    void start() {
        prober.start();
    }

    /** Steps aside if threads from outside wait; to be called by threads of connections, and cheap when there is nothing to do. */
    void letIn() {
        long started = probeStarted;
        if (started != 0 && System.nanoTime() - started > LONG_WAIT_NANOS && Thread.currentThread().isVirtual()) {
            aside.add(Thread.currentThread());
            LockSupport.parkNanos(this, MOST_ASIDE_NANOS);
        }
    }

    private void run() {
        try {
            long next = System.nanoTime();
            while (true) {
                Thread first = aside.poll(next - System.nanoTime(), TimeUnit.NANOSECONDS);
                if (first != null) {
                    // until all that is outside has been seen to: a processor goes on with the queue that it has found
                    LockSupport.parkNanos(this, HELD_ASIDE_NANOS);
                    for (Thread held = first; held != null; held = aside.poll()) {
                        LockSupport.unpark(held);
                    }
                }
                long now = System.nanoTime();
                if (now - next >= 0) {
                    next = now + (probe(now) ? SOON_NANOS : SELDOM_NANOS);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Starts a thread from outside, if the last one has run; returns whether that had to wait, or still does. */
    private boolean probe(long now) {
        if (probeStarted != 0) {
            return true;
        }
        boolean late = probeWaited > LONG_WAIT_NANOS;
        // not 0, which has a meaning
        long started = now | 1;
        probeStarted = started;
        Thread.ofVirtual().start(() -> {
            probeWaited = System.nanoTime() - started;
            probeStarted = 0;
        });
        return late;
    }

    @Override
    public void close() {
        prober.interrupt();
    }
}
