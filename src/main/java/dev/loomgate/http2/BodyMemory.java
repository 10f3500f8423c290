package dev.loomgate.http2;

import java.util.concurrent.atomic.AtomicLong;

/**
 * How much of requests' bodies waits in memory for handlers to read it, of all connections together. Safe for use by many threads.
 */
public final class BodyMemory {
    /** Part of the heap that may be filled so: arrays may be twice as long as what is in them. */
    private static final int PART_OF_HEAP = 8;

    private final long most;
    private final AtomicLong held = new AtomicLong();

    /** @param most bytes, above which nothing is kept for handlers that do not read; above half of it, clients are held back */
    BodyMemory(long most) {
        this.most = most;
    }

    /** An eighth of the heap that the virtual machine may have. */
    public static BodyMemory ofHeap() {
        return new BodyMemory(Runtime.getRuntime().maxMemory() / PART_OF_HEAP);
    }

    void add(int bytes) {
        held.addAndGet(bytes);
    }

    void remove(int bytes) {
        held.addAndGet(-bytes);
    }

    /** Whether clients should send no more than handlers read. */
    boolean isScarce() {
        return held.get() >= most / 2;
    }

    /** Whether nothing more can be kept. */
    boolean isFull() {
        return held.get() >= most;
    }
}
