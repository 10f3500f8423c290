package dev.loomgate.gateway.process;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

import dev.loomgate.foreign.Libc;

/**
 * Memory outside the heap that C functions read and write: small structures at fixed places, then room for strings or
 * data. Zeroed once; users write what they need before each call. For one thread at a time.
 */
final class Scratch {
    /** Room for data, in bytes. */
    static final int DATA_SIZE = 32 * 1024;

    private static final int INTS = 0;
    private static final int POLL = 64;
    private static final int SIGNAL_INFORMATION = 128;
    private static final int NO_SIGNALS = 256;
    private static final int ALL_SIGNALS = 384;
    private static final int ATTRIBUTES = 512;
    private static final int ACTIONS = 1024;
    private static final int DATA = 2048;
    private static final int SIGNAL_SET_SIZE = 128;

    private final ByteBuffer memory;
    private final long address;

    /**
     * Memory for one process.
     *
     * @param dataSize room for data, in bytes; {@link #DATA_SIZE} or more
     */
    Scratch(Libc libc, int dataSize) {
        memory = ByteBuffer.allocateDirect(DATA + dataSize).order(ByteOrder.nativeOrder());
        address = libc.addressOf(memory);
        for (int i = 0; i < SIGNAL_SET_SIZE; i++) {
            memory.put(ALL_SIGNALS + i, (byte) 0xFF);
        }
    }

    long ints() {
        return address + INTS;
    }

    int intAt(int index) {
        return memory.getInt(INTS + 4 * index);
    }

    /** An array of {@code struct pollfd}; a negative descriptor is ignored by the system. */
    long poll(int first, int second) {
        setPoll(0, first);
        setPoll(1, second);
        return address + POLL;
    }

    private void setPoll(int index, int descriptor) {
        memory.putInt(POLL + 8 * index, descriptor);
        memory.putShort(POLL + 8 * index + 4, Libc.POLLIN);
        memory.putShort(POLL + 8 * index + 6, (short) 0);
    }

    /** Whether the descriptor at this index is readable, at its end, or failed. */
    boolean isReady(int index) {
        return memory.getShort(POLL + 8 * index + 6) != 0;
    }

    /** A {@code siginfo_t}, with the process id zeroed: the system leaves it so if there is nothing to tell. */
    long signalInformation() {
        memory.putInt(SIGNAL_INFORMATION + 12, 0);
        memory.putInt(SIGNAL_INFORMATION + 16, 0);
        return address + SIGNAL_INFORMATION;
    }

    int signalCode() {
        return memory.getInt(SIGNAL_INFORMATION + 8);
    }

    int signalPid() {
        return memory.getInt(SIGNAL_INFORMATION + 16);
    }

    int signalStatus() {
        return memory.getInt(SIGNAL_INFORMATION + 24);
    }

    long noSignals() {
        return address + NO_SIGNALS;
    }

    long allSignals() {
        return address + ALL_SIGNALS;
    }

    long attributes() {
        return address + ATTRIBUTES;
    }

    long actions() {
        return address + ACTIONS;
    }

    long data() {
        return address + DATA;
    }

    void putData(int at, byte[] bytes, int offset, int length) {
        memory.put(DATA + at, bytes, offset, length);
    }

    void getData(byte[] bytes, int offset, int length) {
        memory.get(DATA, bytes, offset, length);
    }

    /** Writes a string at this place in the data and the NUL after it; returns the place after that. */
    int putString(int at, byte[] string) {
        memory.put(DATA + at, string);
        memory.put(DATA + at + string.length, (byte) 0);
        return at + string.length + 1;
    }

    void putPointer(int at, long pointer) {
        memory.putLong(DATA + at, pointer);
    }
}
