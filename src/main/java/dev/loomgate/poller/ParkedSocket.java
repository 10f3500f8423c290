package dev.loomgate.poller;

import java.io.IOException;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/**
 * A socket on which a thread waits by being parked until a {@link Poller} finds the socket ready. Without a poller, the thread
 * blocks in the system call.
 *
 * <p>One thread reads and one writes at a time; {@link #close} and {@link #endReading} come from any thread. A thread that is
 * interrupted while it waits closes the socket, as with any channel of Java's, but for one that writes to a
 * {@linkplain #share shared} one.
 */
public class ParkedSocket {
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
    public ParkedSocket(SocketChannel channel, Poller poller) throws IOException {
        this.channel = channel;
        this.poller = poller;
        if (poller != null) {
            channel.configureBlocking(false);
        }
    }

    /** The socket. It does not block if it has a poller. */
    public final SocketChannel channel() {
        return channel;
    }

    /** Whether threads block in system calls. */
    public final boolean blocks() {
        return poller == null;
    }

    /** Whether a thread has waited on it before, so that there is probably nothing to read yet. */
    public final boolean hasWaited() {
        return key != null;
    }

    /** Waits until the socket takes bytes again; returns at once if threads block. */
    public final void awaitWritable() throws IOException {
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
                LockSupport.park(this);
                if (shared) {
                    interrupted |= Thread.interrupted();
                    requireChannel();
                } else {
                    requireGoingOn();
                }
            }
        } finally {
            writer = null;
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** From now on several threads write, one at a time: one that is interrupted while it waits does not close the socket. */
    public final void share() {
        shared = true;
    }

    /** Whether several threads write. */
    public final boolean isShared() {
        return shared;
    }

    /** Lets others that are ready go first; does nothing if threads block: the system divides the processors then. */
    public final void giveWay() {
        if (poller != null) {
            poller.awaitTurn();
        }
    }

    /** The same, but only while others must be let in who can't be woken here. */
    public final void giveWayToOutsiders() {
        if (poller != null && poller.isHeld()) {
            poller.awaitTurn();
        }
    }

    /** Waits until something can be read; returns false if the wait was ended. Not for a thread that blocks. */
    public final boolean awaitReadable() throws IOException {
        reader = Thread.currentThread();
        try {
            listen(SelectionKey.OP_READ);
            while (!readable) {
                park();
            }
            return !waitEnded;
        } finally {
            readable = false;
            reader = null;
        }
    }

    /**
     * As {@link #awaitReadable()}, for some time at most.
     *
     * @param limit longest wait; zero or less does not wait
     * @return whether it is known that something can be read
     */
    public final boolean awaitReadable(Duration limit) throws IOException {
        long deadline = System.nanoTime() + limit.toNanos();
        reader = Thread.currentThread();
        try {
            listen(SelectionKey.OP_READ);
            for (long left = limit.toNanos(); !readable && left > 0; left = deadline - System.nanoTime()) {
                LockSupport.parkNanos(this, left);
                requireGoingOn();
            }
            return readable && !waitEnded;
        } finally {
            readable = false;
            reader = null;
        }
    }

    /**
     * Whether nothing has come, nor has the other side closed, as far as the poller has seen: costs no system call, and may be
     * late by one look of the poller. False if that is not known.
     */
    public final boolean isSilent() {
        SelectionKey registered = key;
        try {
            // what comes while nobody waits ends the interest
            return registered != null && (registered.interestOps() & SelectionKey.OP_READ) != 0;
        } catch (CancelledKeyException e) {
            return false;
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

    private void park() throws IOException {
        LockSupport.park(this);
        requireGoingOn();
    }

    private void requireChannel() throws IOException {
        if (!channel.isOpen()) {
            throw new ClosedChannelException();
        }
    }

    private void requireGoingOn() throws IOException {
        requireChannel();
        if (Thread.currentThread().isInterrupted()) {
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
    final void ready(SelectionKey ready, int operations) {
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
    public final void endReading() throws IOException {
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
    public final boolean isWanted() {
        return channel.isOpen() && !waitEnded;
    }

    /** Takes {@link #endReading} back; what has come since can be read. Does nothing if threads block. */
    public final void resumeReading() {
        waitEnded = false;
    }

    /** Closes; who waits gets a {@link ClosedChannelException}. */
    public final void close() throws IOException {
        channel.close();
        if (key != null) {
            // the descriptor is given back by the poller
            poller.heed();
        }
        LockSupport.unpark(reader);
        LockSupport.unpark(writer);
    }
}
