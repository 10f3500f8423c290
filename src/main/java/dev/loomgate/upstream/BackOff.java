package dev.loomgate.upstream;

import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * When a program that could not be reached is tried again: after a time that doubles with each failure, more or less, by one
 * request at a time. A request waits for that if it is soon, which bridges a restart; otherwise it is told at once. Safe for use
 * by many threads.
 */
final class BackOff {
    private static final long FIRST_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
    private static final long LONGEST_NANOS = TimeUnit.SECONDS.toNanos(5);

    private final Endpoint endpoint;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private volatile int failures;
    private volatile long nextTry;
    private volatile boolean trying;
    private volatile IOException lastFailure;

    BackOff(Endpoint endpoint) {
        this.endpoint = endpoint;
    }

    /**
     * Waits until the caller may try to connect; it has to say then how that went.
     *
     * @param deadline time of {@code System.nanoTime} until when it would wait
     * @throws UnavailableException if nobody may try until then
     */
    void awaitTurn(long deadline) throws UnavailableException, InterruptedException {
        if (failures == 0) {
            return;
        }
        lock.lockInterruptibly();
        try {
            while (failures > 0) {
                long now = System.nanoTime();
                if (!trying && now - nextTry >= 0) {
                    trying = true;
                    return;
                }
                if (deadline - now <= 0 || !trying && nextTry - deadline > 0) {
                    throw new UnavailableException(endpoint + " can't be reached: " + lastFailure.getMessage()
                            + " (tried " + failures + " times)", Optional.empty(), lastFailure);
                }
                changed.awaitNanos((trying ? deadline : nextTry) - now);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Whether a try now would be one: the program was reached the last time, or it is time to see whether it is back. */
    boolean isHopeful() {
        return failures == 0 || !trying && System.nanoTime() - nextTry >= 0;
    }

    /** Whether the program could not be reached the last time. */
    boolean isFailing() {
        return failures > 0;
    }

    /** Why the program could not be reached the last time; empty if it could. */
    Optional<String> failure() {
        int times = failures;
        if (times == 0) {
            return Optional.empty();
        }
        String reason = lastFailure.getMessage() == null ? lastFailure.toString() : lastFailure.getMessage();
        return Optional.of(reason + " (tried " + (times == 1 ? "once)" : times + " times)"));
    }

    /** The caller has connected. */
    void succeeded() {
        if (failures == 0) {
            return;
        }
        lock.lock();
        try {
            failures = 0;
            trying = false;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** The caller had too little time to learn whether it can connect. */
    void undecided() {
        lock.lock();
        try {
            trying = false;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** The caller could not connect. */
    void failed(IOException reason) {
        lock.lock();
        try {
            long now = System.nanoTime();
            lastFailure = reason;
            // those that tried at the same time, while all was well, count once
            if (failures == 0 || now - nextTry >= 0) {
                long delay = Math.min(LONGEST_NANOS, FIRST_NANOS << Math.min(failures, 10));
                nextTry = now + delay / 2 + ThreadLocalRandom.current().nextLong(delay);
                failures++;
            }
            trying = false;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
