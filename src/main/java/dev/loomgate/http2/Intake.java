package dev.loomgate.http2;

/**
 * What the bodies of a connection's requests bring together. What has come is allowed to the client again at once, so that bodies
 * which wait for their handlers hold up no other: they are bounded by the windows of their streams. Where {@linkplain BodyMemory
 * memory} is scarce, it is allowed only as handlers read. Safe for use by many threads.
 */
final class Intake {
    private final BodyMemory memory;
    private final ReceiveWindow window = new ReceiveWindow(Streams.CONNECTION_WINDOW);
    /** Bytes that came when memory was scarce, and are not allowed again yet. */
    private int owed;

    Intake(BodyMemory memory) {
        this.memory = memory;
    }

    /** Counts bytes that have come; returns false if they are more than the client was allowed. */
    boolean receive(int count) {
        return window.receive(count);
    }

    /** Bytes are kept for a handler; returns by how much the client may be told to go on, 0 if that is not worth a frame. */
    int keep(int count) {
        memory.add(count);
        if (memory.isScarce()) {
            synchronized (this) {
                owed += count;
            }
            return 0;
        }
        return window.take(count);
    }

    /** Bytes that were kept are not any more; returns by how much the client may be told to go on. */
    int release(int count) {
        memory.remove(count);
        return window.take(pay(memory.isScarce() ? count : Integer.MAX_VALUE));
    }

    /** Bytes have come that nobody will read; returns by how much the client may be told to go on. */
    int drop(int count) {
        return window.take(count);
    }

    /** Returns by how much the client may be told to go on as there is memory again. */
    int relent() {
        return memory.isScarce() ? 0 : window.take(pay(Integer.MAX_VALUE));
    }

    private synchronized int pay(int most) {
        int paid = Math.min(owed, most);
        owed -= paid;
        return paid;
    }

    /** Whether it is this end that keeps the client from sending. */
    boolean isShut() {
        return isOwing() && window.left() < Frame.LARGEST;
    }

    private synchronized boolean isOwing() {
        return owed > 0;
    }

    /** Whether a stream may have more memory than it begins with. */
    boolean isRoomy() {
        return !memory.isScarce();
    }

    /** Whether nothing more can be kept for handlers that do not read. */
    boolean isFull() {
        return memory.isFull();
    }
}
