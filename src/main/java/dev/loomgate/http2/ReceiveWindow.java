package dev.loomgate.http2;

/**
 * How much a client may send before something of it is taken (RFC 9113 section 5.2): of a stream, or of all. Safe for use by many
 * threads.
 */
final class ReceiveWindow {
    private final int slack;
    private int size;
    private int left;
    private int taken;

    /** @param size bytes that may be on their way or wait to be taken */
    ReceiveWindow(int size) {
        this(size, 0);
    }

    /** @param slack by how much the client may go beyond it, as it has not heard of the size yet (section 6.9.3) */
    ReceiveWindow(int size, int slack) {
        this.size = size;
        this.left = size;
        this.slack = slack;
    }

    /** Counts bytes that have come; returns false if they are more than were allowed. */
    synchronized boolean receive(int count) {
        if (count > left + slack) {
            return false;
        }
        left -= count;
        return true;
    }

    /** Makes it larger; returns by how much the client may be told to go on. */
    synchronized int grow(int to) {
        int more = to - size;
        size = to;
        left += more;
        return more;
    }

    /** Number of bytes that may still come. */
    synchronized int left() {
        return left + slack;
    }

    /** Counts bytes that have been taken; returns by how much the client may be told to go on: 0 if that is not worth a frame. */
    synchronized int take(int count) {
        taken += count;
        if (taken < size / 2) {
            return 0;
        }
        int increment = taken;
        taken = 0;
        left += increment;
        return increment;
    }
}
