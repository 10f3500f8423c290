package dev.loomgate.http2;

import java.io.IOException;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets threads do something one after the other. Who finds another at it leaves its job to that one, which is running, and need
 * not wait for a processor itself: so nothing that is to be done waits for a thread that is not at work, and jobs that meet have
 * one end together. Safe for use by many threads.
 */
final class Turns {
    /** How often a thread goes on with the jobs of others before one of these has to. */
    private static final int MOST_ROUNDS = 4;
    private static final int MOST_OF_A_ROUND = 64;
    private static final Logger LOGGER = LoggerFactory.getLogger(Turns.class);

    // not a monitor: waiting in one holds a carrier before Java 24
    private final ReentrantLock lock = new ReentrantLock();
    private final Queue<Turn> waiting = new ConcurrentLinkedQueue<>();
    private final Job end;

    /** Something to do; it may be done by another thread, and so must not wait for what that holds. */
    interface Job {
        void run() throws IOException;
    }

    private static final class Turn {
        private final Job job;
        private final Thread thread = Thread.currentThread();
        private Throwable failure;
        private volatile boolean over;

        private Turn(Job job) {
            this.job = job;
        }

        private void take() {
            try {
                job.run();
            } catch (IOException | RuntimeException | Error e) {
                failure = e;
            } finally {
                over = true;
                LockSupport.unpark(thread);
            }
        }

        private void rethrow() throws IOException {
            // another each time, which tells of the thread that meets it
            switch (failure) {
                case null -> {
                    return;
                }
                case IOException e -> throw new IOException(e.getMessage(), e);
                default -> throw new IllegalStateException(failure);
            }
        }
    }

    /** @param end what is done behind one job or several, by the same thread */
    Turns(Job end) {
        this.end = end;
    }

    /**
     * Does a job, or has it done.
     *
     * @throws IOException if it failed
     */
    void run(Job job) throws IOException {
        if (lock.tryLock()) {
            alone(job);
            return;
        }
        var turn = new Turn(job);
        waiting.add(turn);
        boolean interrupted = false;
        runOthers();
        while (!turn.over) {
            LockSupport.park(this);
            interrupted |= Thread.interrupted();
            if (!turn.over) {
                runOthers();
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        turn.rethrow();
    }

    /**
     * Does a job that no other thread may.
     *
     * @throws IOException if it failed
     */
    void runHere(Job job) throws IOException {
        lock.lock();
        alone(job);
    }

    private void alone(Job job) throws IOException {
        try {
            job.run();
        } finally {
            try {
                leave();
            } finally {
                runOthers();
            }
        }
    }

    /** Does something that the others need not hear of, nor end with. */
    void runSilently(Job job) throws IOException {
        lock.lock();
        try {
            job.run();
        } finally {
            lock.unlock();
            runOthers();
        }
    }

    private void leave() throws IOException {
        try {
            Turn next = waiting.poll();
            for (int i = 1; next != null; i++) {
                next.take();
                next = i < MOST_OF_A_ROUND ? waiting.poll() : null;
            }
            end.run();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Does what others have left, unless somebody is at it, who will look here again. If it is too much, the next of them does.
     */
    private void runOthers() {
        for (int round = 0; round < MOST_ROUNDS; round++) {
            if (waiting.isEmpty() || !lock.tryLock()) {
                return;
            }
            try {
                leave();
            } catch (IOException e) {
                LOGGER.debug("what others had left could not be ended", e);
            }
        }
        Turn next = waiting.peek();
        if (next != null) {
            LockSupport.unpark(next.thread);
        }
    }
}
