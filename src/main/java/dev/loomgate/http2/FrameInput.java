package dev.loomgate.http2;

import java.io.EOFException;
import java.io.IOException;
import java.util.function.BooleanSupplier;

import dev.loomgate.transport.Buffers;
import dev.loomgate.transport.Connection;
import dev.loomgate.transport.LeanSocket;

/**
 * Bytes that have come from the client and are not used yet. While the connection waits for a frame they are a small array; a
 * longer frame borrows a larger one. For the thread that reads the connection.
 */
final class FrameInput {
    private static final int SMALL = 512;
    /** Frames that may follow each other without the thread having waited for one. */
    private static final int MOST_AT_A_STRETCH = 64;

    private final LeanSocket socket;
    private final Buffers buffers;
    private final FrameWriter writer;
    private final BooleanSupplier working;
    private final long headerLimit;
    private final long bodyLimit;
    private final byte[] small = new byte[SMALL];
    private byte[] bytes = small;
    private int position;
    private int limit;
    private int stretch;
    private long deadline;

    /**
     * @param writer  whose words are not held back while the client's are waited for
     * @param working whether any request is served
     */
    FrameInput(Connection connection, Http2Settings settings, FrameWriter writer, BooleanSupplier working) {
        this.socket = connection.socket();
        this.buffers = connection.buffers();
        this.writer = writer;
        this.working = working;
        this.headerLimit = settings.headerTimeout().toMillis();
        this.bodyLimit = settings.bodyTimeout().toMillis();
    }

    /** Begins with bytes that another has read. */
    void begin(byte[] read) {
        bytes = read.length <= SMALL ? small : new byte[read.length];
        System.arraycopy(read, 0, bytes, 0, read.length);
        limit = read.length;
    }

    byte[] bytes() {
        return bytes;
    }

    int position() {
        return position;
    }

    /** Number of bytes at hand. */
    int available() {
        return limit - position;
    }

    void skip(int count) {
        position += count;
    }

    /** Waits for the first byte of a connection; returns false if the client closed, or the wait was too long. */
    boolean awaitFirst() throws IOException {
        if (available() == 0) {
            writer.sendHeld();
            limit = Math.max(0, socket.readIdle(bytes, 0, bytes.length));
        }
        return available() > 0;
    }

    /**
     * Waits until there is something of a next frame.
     *
     * @return false if the client closed, or the wait was too long
     */
    boolean awaitFrame() throws IOException {
        if (position < limit) {
            if (++stretch == MOST_AT_A_STRETCH) {
                stretch = 0;
                socket.giveWay();
            }
            return true;
        }
        stretch = 0;
        boolean more = limit == bytes.length && socket.hasArrived();
        release();
        if (more) {
            // of many requests that came together: they are there, so that no array is held while waiting
            bytes = buffers.borrow();
        }
        writer.sendHeld();
        limit = Math.max(0, socket.readWhile(working, bytes, 0, bytes.length));
        return limit > 0;
    }

    /** A frame, or several that belong together, must be whole in the time of a header from now on. */
    void beginFrame() {
        deadline = socket.now() + headerLimit;
    }

    /**
     * Makes so many bytes available, in one array.
     *
     * @throws EOFException if the client closed before they had come
     * @throws IOException  if the connection broke, or they did not come in time
     */
    void require(int count) throws IOException {
        while (available() < count) {
            makeRoom(count);
            fill(deadline);
        }
    }

    /**
     * Waits for a piece of a body, if there is none at hand.
     *
     * @throws IOException if the connection broke, or nothing came in time
     */
    void requireSome() throws IOException {
        if (position == limit) {
            makeRoom(Buffers.SIZE);
            fill(socket.now() + bodyLimit);
        }
    }

    /** As {@link #requireSome}, for what nobody wants: it must come in the time of a header. */
    void requireSomeInVain() throws IOException {
        if (position == limit) {
            makeRoom(Buffers.SIZE);
            fill(deadline);
        }
    }

    private void fill(long until) throws IOException {
        writer.sendHeld();
        int count = socket.read(bytes, limit, bytes.length - limit, until);
        if (count < 0) {
            throw new EOFException("the client closed the connection within a frame");
        }
        limit += count;
    }

    /** Makes room for so many bytes from the position on, by moving what is at hand to the front or to a larger array. */
    private void makeRoom(int count) {
        if (position + count <= bytes.length && limit < bytes.length) {
            return;
        }
        byte[] target = bytes.length >= count ? bytes : count <= Buffers.SIZE ? buffers.borrow() : new byte[count];
        int held = available();
        System.arraycopy(bytes, position, target, 0, held);
        if (target != bytes) {
            giveBack();
        }
        bytes = target;
        position = 0;
        limit = held;
    }

    private void giveBack() {
        if (bytes != small) {
            buffers.giveBack(bytes);
        }
    }

    /** Gives a borrowed array back. What is at hand is lost. */
    void release() {
        giveBack();
        bytes = small;
        position = 0;
        limit = 0;
    }
}
