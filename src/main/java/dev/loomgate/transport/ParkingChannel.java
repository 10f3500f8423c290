package dev.loomgate.transport;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.concurrent.locks.LockSupport;

import javax.net.ssl.SSLSession;

/**
 * A socket on which a thread waits by being parked until a {@link Poller} finds the socket ready. Without a poller, the thread
 * blocks in the system call.
 *
 * <p>One thread reads and one writes at a time; {@link #close} and {@link #endReading} come from any thread. A thread that is
 * interrupted while it waits closes the socket, as with any channel of Java's, but for one that writes to a
 * {@linkplain #share shared} one.
 */
class ParkingChannel {
    private final SocketChannel channel;
    private final Poller poller;
    private volatile SelectionKey key;
    private volatile Thread reader;
    private volatile boolean readable;
    private volatile boolean waitEnded;
    private volatile Thread writer;
    private volatile boolean writable;
    private volatile boolean shared;

    /** @param poller null if threads may block */
    ParkingChannel(SocketChannel channel, Poller poller) throws IOException {
        this.channel = channel;
        this.poller = poller;
        if (poller != null) {
            channel.configureBlocking(false);
        }
    }

    SocketChannel channel() {
        return channel;
    }

    /** Whether threads block in system calls. */
    boolean blocks() {
        return poller == null;
    }

    /**
     * Reads what has come, or waits for it.
     *
     * @return number of bytes, 1 or more, or -1 at the end of the input or of the wait
     * @throws ClosedChannelException if the socket was closed, before or meanwhile
     */
    int read(ByteBuffer into) throws IOException {
        int count = channel.read(into);
        while (count == 0) {
            if (!awaitReadable()) {
                return -1;
            }
            count = channel.read(into);
        }
        return count;
    }

    /** As {@link #read}, where it is likely that nothing has come yet. */
    int readLater(ByteBuffer into) throws IOException {
        if (key != null && !awaitReadable()) {
            return -1;
        }
        return read(into);
    }

    /** Whether it has waited for its client before, so that there is probably nothing to read yet. */
    final boolean hasWaited() {
        return key != null;
    }

    /** Whether what is written goes out as it is: a file can be sent by the system then. */
    boolean isPlain() {
        return true;
    }

    /** Who is at the other end, and how well that is known; null without TLS. */
    SSLSession session() {
        return null;
    }

    /** Whether bytes have arrived that nobody has come to read. */
    boolean hasArrived() throws IOException {
        return channel.socket().getInputStream().available() > 0;
    }

    /** Tells the client that nothing more will be sent. */
    void shutdownOutput() throws IOException {
        channel.shutdownOutput();
    }

    /** Says goodbye where the protocol has a word for it, without waiting; for the connection's own thread. */
    void takeLeave() {
        // closing says it all
    }

    /** Writes some bytes at least, all if the thread blocks. */
    void write(ByteBuffer bytes) throws IOException {
        while (channel.write(bytes) == 0 && bytes.hasRemaining()) {
            awaitWritable();
        }
    }

    /** Writes some bytes at least, all if the thread blocks. */
    void write(ByteBuffer[] runs) throws IOException {
        while (channel.write(runs) == 0 && hasRemaining(runs)) {
            awaitWritable();
        }
    }

    static boolean hasRemaining(ByteBuffer[] runs) {
        for (ByteBuffer run : runs) {
            if (run.hasRemaining()) {
                return true;
            }
        }
        return false;
    }

    /**
     * Has the system send a region of a file.
     *
     * @return number of bytes that were sent; 0 if the socket takes none now, or the file has ended
     */
    long transferFrom(FileChannel file, long position, long count) throws IOException {
        return file.transferTo(position, count, channel);
    }

    /** Waits until the socket takes bytes again; returns at once if threads block. */
    void awaitWritable() throws IOException {
        if (poller == null) {
            return;
        }
        writable = false;
        writer = Thread.currentThread();
        // whoever interrupts one of several that write means what it does, not the socket, which the others need
        boolean interrupted = shared && Thread.interrupted();
        try {
            listen(SelectionKey.OP_WRITE);
            while (!writable) {
                park(!shared);
                interrupted |= shared && Thread.interrupted();
            }
        } finally {
            writer = null;
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** From now on a thread that is interrupted while it waits to write does not close the socket. */
    void share() {
        shared = true;
    }

    /** Lets others that are ready go first; does nothing if threads block: the system divides the processors then. */
    void giveWay() {
        if (poller != null) {
            poller.awaitTurn();
        }
    }

    /** The same, but only while others must be let in who can't be woken here. */
    void giveWayToOutsiders() {
        if (poller != null && poller.isHeld()) {
            poller.awaitTurn();
        }
    }

    /** Waits until something can be read; returns false if the wait was ended. Not for a thread that blocks. */
    final boolean awaitReadable() throws IOException {
        reader = Thread.currentThread();
        try {
            listen(SelectionKey.OP_READ);
            while (!readable) {
                park(true);
            }
            return !waitEnded;
        } finally {
            readable = false;
            reader = null;
        }
    }

    private void listen(int operation) throws IOException {
        SelectionKey registered = key;
        try {
            if (registered == null) {
                register(operation);
            } else if ((registered.interestOps() & operation) == 0) {
                registered.interestOpsOr(operation);
                poller.heed();
            }
        } catch (CancelledKeyException e) {
            throw closed(e);
        }
    }

    /** The first to wait registers; a reader and a writer may be so at once. */
    private synchronized void register(int operation) throws IOException {
        if (key == null) {
            key = poller.register(channel, operation, this);
        } else {
            key.interestOpsOr(operation);
            poller.heed();
        }
    }

    /** @param closing whether an interrupt closes the socket */
    private void park(boolean closing) throws IOException {
        LockSupport.park(this);
        if (!channel.isOpen()) {
            throw new ClosedChannelException();
        }
        if (closing && Thread.currentThread().isInterrupted()) {
            close();
            throw new ClosedByInterruptException();
        }
    }

    private static ClosedChannelException closed(Exception cause) {
        var closed = new ClosedChannelException();
        closed.initCause(cause);
        return closed;
    }

    /** Called by the poller. */
    void ready(SelectionKey ready, int operations) {
        if ((operations & SelectionKey.OP_READ) != 0) {
            Thread waiting = reader;
            if (waiting != null && !readable) {
                readable = true;
                LockSupport.unpark(waiting);
            } else {
                ignore(ready);
            }
        }
        if ((operations & SelectionKey.OP_WRITE) != 0) {
            // before the thread goes on, which may want it again
            ready.interestOpsAnd(~SelectionKey.OP_WRITE);
            writable = true;
            LockSupport.unpark(writer);
        }
    }

    /** There is something to read that nobody waits for: it would be reported over and over. */
    private void ignore(SelectionKey ready) {
        ready.interestOpsAnd(~SelectionKey.OP_READ);
        if (reader != null && !readable) {
            // came meanwhile, and has perhaps seen the interest as it was
            ready.interestOpsOr(SelectionKey.OP_READ);
        }
    }

    /** Ends the wait of the thread that reads, and of any other until {@link #resumeReading}. */
    void endReading() throws IOException {
        if (poller == null) {
            // nothing else wakes the thread
            channel.shutdownInput();
            return;
        }
        waitEnded = true;
        readable = true;
        LockSupport.unpark(reader);
    }

    /** Whether somebody still waits for what the client sends. */
    final boolean isWanted() {
        return channel.isOpen() && !waitEnded;
    }

    /** Takes {@link #endReading} back; what has come since can be read. Does nothing if threads block. */
    void resumeReading() {
        waitEnded = false;
    }

    /** Closes; who waits gets a {@link ClosedChannelException}. */
    void close() throws IOException {
        channel.close();
        if (key != null) {
            // the descriptor is given back by the poller
            poller.heed();
        }
        LockSupport.unpark(reader);
        LockSupport.unpark(writer);
    }
}
