package dev.loomgate.transport;

import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * Byte arrays of one size to borrow while a request is read or a response is written, so that a connection that waits holds
 * none. Without a lock: a slot is taken or filled by one atomic exchange, and when all are empty (full), an array is made
 * (dropped). Safe for use by many threads.
 */
public final class Buffers {
    /** Size of each array in bytes: a request header or a chunk of a response of ordinary size. */
    public static final int SIZE = 8 * 1024;

    private static final int SLOTS = 32;

    private final AtomicReferenceArray<byte[]> slots = new AtomicReferenceArray<>(SLOTS);

    private final int size;

    /** Arrays of {@link #SIZE} bytes. */
    public Buffers() {
        this(SIZE);
    }

    /** Arrays of another size. */
    Buffers(int size) {
        this.size = size;
    }

    /** Borrows an array of {@link #SIZE} bytes with arbitrary content. */
    public byte[] borrow() {
        int start = start();
        for (int i = 0; i < SLOTS; i++) {
            int slot = start + i & SLOTS - 1;
            if (slots.getPlain(slot) != null) {
                byte[] buffer = slots.getAndSet(slot, null);
                if (buffer != null) {
                    return buffer;
                }
            }
        }
        return new byte[size];
    }

    /** Gives an array back; the caller must not touch it again. Arrays of another size are left to the collector. */
    public void giveBack(byte[] buffer) {
        if (buffer.length != size) {
            return;
        }
        int start = start();
        for (int i = 0; i < SLOTS; i++) {
            int slot = start + i & SLOTS - 1;
            if (slots.getPlain(slot) == null && slots.compareAndSet(slot, null, buffer)) {
                return;
            }
        }
    }

    /** Threads begin to look in different places, so that they seldom meet. */
    private static int start() {
        return (int) Thread.currentThread().threadId() * 7;
    }
}
