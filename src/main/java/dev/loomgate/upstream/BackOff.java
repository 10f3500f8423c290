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
    /** Who sees whether the program is back; null if nobody does. */
    private volatile Attempt trying;
    private volatile IOException lastFailure;

    /** One try to connect. */
    static final class Attempt {
        /** One of any number at once, while all is well. */
        static final Attempt AMONG_OTHERS = new Attempt();

        private Attempt() {
        }
    }

    BackOff(Endpoint endpoint) {
        this.endpoint = endpoint;
    }

    /**
     * Waits until the caller may try to connect; it has to say then how that went.
     *
     * @param deadline time of {@code System.nanoTime} until when it would wait
     * @param again    whether it has tried already, for the same request
     * @throws NotTriedException    if it may not try until then
     * @throws UnavailableException as well, of one that has tried already
     */
    Attempt awaitTurn(long deadline, boolean again) throws UnavailableException, InterruptedException {
        if (failures == 0) {
            return Attempt.AMONG_OTHERS;
        }
        lock.lockInterruptibly();
        try {
            while (failures > 0) {
                long now = System.nanoTime();
                boolean free = trying == null;
                if (free && now - nextTry >= 0) {
                    trying = new Attempt();
                    return trying;
                }
                if (deadline - now <= 0 || free && nextTry - deadline > 0) {
                    String reason = endpoint + " can't be reached: " + lastFailure.getMessage() + " (tried " + failures + " times)";
                    throw again ? new UnavailableException(reason, Optional.empty(), lastFailure)
                            : new NotTriedException(reason, lastFailure);
                }
                changed.awaitNanos((free ? nextTry : deadline) - now);
            }
            return Attempt.AMONG_OTHERS;
        } finally {
            lock.unlock();
        }
    }

    /** Whether a try now would be one: the program was reached the last time, or it is time to see whether it is back. */
    boolean isHopeful() {
        return failures == 0 || trying == null && System.nanoTime() - nextTry >= 0;
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
            trying = null;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** The caller left, or had too little time, before it could learn whether it can connect. */
    void undecided(Attempt attempt) {
        lock.lock();
        try {
            end(attempt);
        } finally {
            lock.unlock();
        }
    }

    /** The caller could not connect. */
    void failed(Attempt attempt, IOException reason) {
        lock.lock();
        try {
            long now = System.nanoTime();
            lastFailure = reason;
            // those that tried at the same time, while all was well, count once
            if (failures == 0 || attempt == trying) {
                long delay = Math.min(LONGEST_NANOS, FIRST_NANOS << Math.min(failures, 10));
                nextTry = now + delay / 2 + ThreadLocalRandom.current().nextLong(delay);
                failures++;
            }
            end(attempt);
        } finally {
            lock.unlock();
        }
    }

    /** An old one that ends late takes nobody's turn away. */
    private void end(Attempt attempt) {
        if (attempt == trying) {
            trying = null;
            changed.signalAll();
        }
    }
}
