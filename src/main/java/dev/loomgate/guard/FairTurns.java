package dev.loomgate.guard;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Keeps the requests of one address from filling the queue for the processors. Virtual threads run in the order in which they
 * became ready, so that who has a thousand connections has a thousand places in that queue, and who has one waits for all of
 * them. While ready threads have to wait and there are several addresses, only so many requests of each are worked on at once;
 * its others wait their turn, parked. How many is found by trying: half as many after a tenth of a second in which threads
 * waited, a quarter more after one in which they did not. So requests that wait for something else than a processor, which may
 * be many at once, are held up only as long as somebody suffers from them.
 */
final class FairTurns {
    /** How often it is looked at, in milliseconds. */
    static final long INTERVAL_MILLIS = 100;
    /** For how long a ready thread may wait before the processors count as short. */
    private static final long LONG_WAIT_NANOS = TimeUnit.MILLISECONDS.toNanos(10);
    /** After this time a request goes on anyway: those before it may wait for something that takes long. */
    private static final long MOST_WAIT_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final AddressShares shares;
    private final int least = Runtime.getRuntime().availableProcessors();
    private volatile int most = Integer.MAX_VALUE;
    private volatile long probeStarted;
    private volatile long probeWaited;
    private boolean probing;
    private long sampledAt;
    private final AtomicInteger guards = new AtomicInteger(1);

    FairTurns(AddressShares shares) {
        this.shares = shares;
    }

    /**
     * For a guard in the place of another: the same for all connections, those that the other one has let in as well.
     *
     * @param before null if there was none
     */
    static FairTurns succeed(FairTurns before, AddressShares shares) {
        if (before == null) {
            return new FairTurns(shares);
        }
        before.guards.incrementAndGet();
        return before;
    }

    /** Waits until a request may be worked on. */
    void begin(AddressShare share) {
        if (!share.beginNow(most)) {
            share.awaitTurn(() -> most, MOST_WAIT_NANOS);
        }
    }

    void end(AddressShare share) {
        if (share.end()) {
            share.wake(most);
        }
    }

    /** One guard does not look any more; after the last one everything goes on, now and from now on. */
    synchronized void release() {
        if (guards.decrementAndGet() > 0) {
            return;
        }
        most = Integer.MAX_VALUE;
        shares.wake(Integer.MAX_VALUE);
    }

    /** Requests of an address that may be worked on at once at present. */
    int most() {
        return most;
    }

    /** Looks whether the processors are short, and changes the number; as often as one thread would, however many do. */
    synchronized void sample() {
        long time = System.nanoTime();
        int looking = guards.get();
        if (looking == 0 || looking > 1 && time - sampledAt < TimeUnit.MILLISECONDS.toNanos(INTERVAL_MILLIS * 3 / 4)) {
            return;
        }
        sampledAt = time;
        boolean busy = isBusy();
        int now = most;
        if (busy && shares.size() > 1) {
            int peak = now == Integer.MAX_VALUE ? shares.peak() : now;
            most = Math.max(least, peak / 2);
        } else if (now != Integer.MAX_VALUE) {
            int more = now + Math.max(1, now / 4);
            most = more > shares.peak() ? Integer.MAX_VALUE : more;
            shares.wake(most);
        }
        if (!probing) {
            probing = true;
            long started = System.nanoTime();
            probeStarted = started;
            Thread.ofVirtual().start(() -> {
                probeWaited = System.nanoTime() - started;
                probeStarted = 0;
            });
        }
    }

    private boolean isBusy() {
        if (!probing) {
            return false;
        }
        long started = probeStarted;
        if (started == 0) {
            probing = false;
            return probeWaited > LONG_WAIT_NANOS;
        }
        return System.nanoTime() - started > LONG_WAIT_NANOS;
    }
}
