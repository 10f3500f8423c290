package dev.loomgate.guard;

import java.util.ArrayDeque;
import java.util.Queue;
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
    private final Queue<Turn> turns = new ArrayDeque<>();

    private final class Turn {
        private final Condition come = lock.newCondition();
        private boolean hasCome;
    }

    AddressShare(long key) {
        this.key = key;
    }

    /**
     * Is at work, if fewer than so many are and nobody waits for his turn; returns whether it is. Never counts one that is not: who
     * comes to wait, or to end, would take it for one that will wake others when it ends.
     */
    boolean beginNow(int most) {
        return waiting == 0 && takePlace(most);
    }

    private boolean takePlace(int most) {
        for (int now = atWork.get(); now < most; now = atWork.get()) {
            if (atWork.compareAndSet(now, now + 1)) {
                return true;
            }
        }
        return false;
    }

    /** Is not at work any more; returns whether others wait, for whom there may be a place now: to be {@linkplain #wake woken}. */
    boolean end() {
        atWork.decrementAndGet();
        return waiting > 0;
    }

    /** Waits until fewer than so many are at work, or for so long, and then is at work; who came first goes first. */
    void awaitTurn(IntSupplier most, long nanos) {
        lock.lock();
        var turn = new Turn();
        try {
            turns.add(turn);
            waiting++;
            // whoever ended before that did not see that somebody waits
            admit(most.getAsInt());
            long left = nanos;
            while (!turn.hasCome && left > 0) {
                left = turn.come.awaitNanos(left);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            if (!turn.hasCome) {
                turns.remove(turn);
                atWork.incrementAndGet();
                waiting--;
            }
            lock.unlock();
        }
    }

    /** Lets those go on that wait, as long as fewer than so many are at work. */
    void wake(int most) {
        lock.lock();
        try {
            admit(most);
        } finally {
            lock.unlock();
        }
    }

    private void admit(int most) {
        while (!turns.isEmpty() && takePlace(most)) {
            // the place is taken for it: who comes meanwhile does not get it, nor send it back to the end of the line
            Turn next = turns.remove();
            waiting--;
            next.hasCome = true;
            next.come.signal();
        }
    }
}
