package dev.loomgate.transport;

import java.io.IOException;
import java.util.concurrent.locks.LockSupport;

import dev.loomgate.guard.RateMeter;
import dev.loomgate.guard.Reason;
import dev.loomgate.guard.Ticket;

/**
 * Keeps a connection's bytes below their rates: the thread that reads or writes waits, and the client with it, as its own system
 * stops sending or has nothing to receive. One thread reads and one writes at a time.
 */
final class Throttle {
    /** So that a thread that is kept sees that its socket was closed. */
    private static final long SLICE_NANOS = 500_000_000;

    private final Ticket ticket;
    private final RateMeter in;
    private final RateMeter out;

    private Throttle(Ticket ticket, RateMeter in, RateMeter out) {
        this.ticket = ticket;
        this.in = in;
        this.out = out;
    }

    /** The throttle of a connection, or null if its bytes have no limit. */
    static Throttle of(Ticket ticket) {
        RateMeter in = ticket.bytesIn();
        RateMeter out = ticket.bytesOut();
        return in == null && out == null ? null : new Throttle(ticket, in, out);
    }

    /** Most bytes to write at once, at most so many, so that waiting for them does not take long. */
    int portion(int most) {
        return out == null ? most : (int) Math.min(most, out.portion());
    }

    void received(LeanSocket socket, long bytes) throws IOException {
        pace(in, socket, bytes, Reason.BYTES_IN);
    }

    void sent(LeanSocket socket, long bytes) throws IOException {
        pace(out, socket, bytes, Reason.BYTES_OUT);
    }

    private void pace(RateMeter meter, LeanSocket socket, long bytes, Reason excess) throws IOException {
        long wait = meter == null ? 0 : meter.take(bytes, socket.time());
        if (wait == RateMeter.EXCEEDED) {
            ticket.count(excess, socket.address());
            socket.abort();
            throw new IOException("the connection was closed: " + excess.label());
        }
        if (wait > 0) {
            hold(socket, wait);
        }
    }

    /** Keeps the calling thread for a time in nanoseconds, unless the socket is closed meanwhile. */
    static void hold(LeanSocket socket, long nanos) {
        long end = System.nanoTime() + nanos;
        for (long left = nanos; left > 0 && socket.isOpen(); left = end - System.nanoTime()) {
            LockSupport.parkNanos(socket, Math.min(left, SLICE_NANOS));
            if (Thread.currentThread().isInterrupted()) {
                return;
            }
        }
    }
}
