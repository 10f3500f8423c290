package dev.loomgate.transport;

import java.nio.ByteBuffer;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;

/**
 * Native memory for pieces of files, to borrow for the time of a system call, and never while waiting: so a few are enough for all
 * connections.
 *
 * <p>A short header must not travel alone before a large file: congestion control takes the time of its round trip for that of
 * the connection, and lets so little of the file go at once that the rest has to wait for acknowledgements. Servers written in C
 * hold the header back with {@code TCP_CORK}, which Java has no word for. Safe for use by many threads.
 */
public final class FilePieces {
    /** Size of each in bytes. */
    public static final int SIZE = 256 * 1024;
    private static final BlockingQueue<ByteBuffer> FREE = new ArrayBlockingQueue<>(2 * Runtime.getRuntime().availableProcessors());

    private FilePieces() {
    }

    /** Borrows one, of {@link #SIZE} bytes with arbitrary content; position 0. */
    public static ByteBuffer borrow() {
        ByteBuffer piece = FREE.poll();
        return piece == null ? ByteBuffer.allocateDirect(SIZE) : piece.clear();
    }

    /** Gives one back; the caller must not touch it again. */
    public static void giveBack(ByteBuffer piece) {
        FREE.offer(piece);
    }
}
