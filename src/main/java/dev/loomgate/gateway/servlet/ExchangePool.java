package dev.loomgate.gateway.servlet;

import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * Exchanges for one request after the other, as many as there are requests at once. Safe for use by many threads.
 *
 * @param <T> an exchange
 */
final class ExchangePool<T> {
    /** Exchanges that are kept whether or not they were needed lately. */
    private static final int FEW = 16;
    /** Calls of {@link #trim} for which exchanges are kept that are not needed; at most twice as many. */
    static final int PATIENCE = 30;

    private final Supplier<T> maker;
    private final ConcurrentLinkedDeque<T> idle = new ConcurrentLinkedDeque<>();
    private final AtomicInteger idleCount = new AtomicInteger();
    private final AtomicInteger used = new AtomicInteger();
    private volatile int most;
    // of the thread that trims
    private int mostBefore;
    private int trims;

    ExchangePool(Supplier<T> maker) {
        this.maker = maker;
    }

    /** One that nobody uses; to be {@linkplain #giveBack given back}. */
    T take() {
        int now = used.incrementAndGet();
        if (now > most) {
            most = now;
        }
        T exchange = idle.pollFirst();
        if (exchange == null) {
            return maker.get();
        }
        idleCount.decrementAndGet();
        return exchange;
    }

    void giveBack(T exchange) {
        used.decrementAndGet();
        idleCount.incrementAndGet();
        idle.addFirst(exchange);
    }

    /**
     * Lets go of exchanges that were not needed for long. To be called regularly, every 10 seconds or so, by one thread. Not earlier:
     * a wave of requests is often followed by another, and the garbage collector takes most of a second, in which all wait, for the
     * million objects of ten thousand new exchanges.
     */
    void trim() {
        int keep = Math.max(Math.max(most, mostBefore), FEW);
        if (++trims == PATIENCE) {
            trims = 0;
            mostBefore = most;
            most = used.get();
        }
        while (used.get() + idleCount.get() > keep && idle.pollLast() != null) {
            idleCount.decrementAndGet();
        }
    }

    /** How many there are that nobody uses. */
    int idle() {
        return idleCount.get();
    }

    /** Lets go of all that nobody uses. */
    void clear() {
        while (idle.pollLast() != null) {
            idleCount.decrementAndGet();
        }
    }
}
