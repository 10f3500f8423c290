package dev.loomgate.guard;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntSupplier;

/** What the connections of one address have in common. */
final class AddressShare {
    final long key;
    final AtomicInteger atWork = new AtomicInteger();
    /** Requests that wait for their turn; changed under the lock only. */
    volatile int waiting;
    /** Changed under the lock of {@link AddressShares} only. */
    volatile int connections;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition turn = lock.newCondition();

    AddressShare(long key) {
        this.key = key;
    }

    /**
     * Is at work, if fewer than so many are and nobody waits for his turn; returns whether it is. Never counts one that is not: who
     * waits would take it for one that ends, and wakes others.
     */
    boolean beginNow(int most) {
        if (waiting > 0) {
            return false;
        }
        for (int now = atWork.get(); now < most; now = atWork.get()) {
            if (atWork.compareAndSet(now, now + 1)) {
                return true;
            }
        }
        return false;
    }

    /** Is not at work any more: it is the turn of one that waits. */
    void end() {
        atWork.decrementAndGet();
        if (waiting > 0) {
            wake(1);
        }
    }

    /** Waits until fewer than so many are at work, or for so long, and then is at work; who came first goes first. */
    void awaitTurn(IntSupplier most, long nanos) {
        lock.lock();
        try {
            waiting++;
            long left = nanos;
            // others before it have their turn first, and wake it when they are done
            boolean first = waiting == 1;
            while (left > 0 && (!first || atWork.get() >= most.getAsInt())) {
                left = turn.awaitNanos(left);
                first = true;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            waiting--;
            atWork.incrementAndGet();
            lock.unlock();
        }
    }

    /** Wakes so many of those that wait, if there are any. */
    void wake(int count) {
        lock.lock();
        try {
            for (int i = 0; i < count; i++) {
                turn.signal();
            }
        } finally {
            lock.unlock();
        }
    }
}
