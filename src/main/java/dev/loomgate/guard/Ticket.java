package dev.loomgate.guard;

import java.net.InetAddress;

/** The place of one connection among those that have been let in. Closing it gives the place back. */
public final class Ticket implements Admission, AutoCloseable {
    private final Guard guard;
    private volatile AddressShare share;
    private boolean exempt;
    private boolean closed;

    /** @param share of the client's address, or null if it is exempt */
    Ticket(Guard guard, AddressShare share) {
        this.guard = guard;
        this.share = share;
        this.exempt = share == null;
    }

    /** Whether the client has no limits of its own. */
    public synchronized boolean isExempt() {
        return exempt;
    }

    /**
     * Counts the connection for another address from now on: a trusted proxy has said who its client is.
     *
     * @return null if that client is welcome; else why not, which has been counted, and the connection is to be closed
     */
    public synchronized Reason reassign(InetAddress client) {
        if (closed) {
            return null;
        }
        guard.leave(share);
        share = null;
        exempt = guard.isExempt(client);
        Reason objection = guard.objection(client);
        if (objection == null && !exempt) {
            share = guard.join(client);
            objection = share == null ? Reason.CONNECTIONS_OF_ADDRESS : null;
        }
        if (objection != null) {
            guard.rejections().count(objection, client.getHostAddress());
        }
        return objection;
    }

    /** Connections that its address has at present; 0 if they are not counted, as it is exempt. */
    public int connectionsOfAddress() {
        AddressShare of = share;
        return of == null ? 0 : of.connections;
    }

    /** Meter of the connection's requests, or null if they have no limit. */
    public RateMeter requests() {
        return isExempt() ? null : RateMeter.of(guard.settings().requests);
    }

    /** Meter of the bytes that come, or null if they have no limit. */
    public RateMeter bytesIn() {
        return isExempt() ? null : RateMeter.of(guard.settings().bytesIn);
    }

    /** Meter of the bytes that go, or null if they have no limit. */
    public RateMeter bytesOut() {
        return isExempt() ? null : RateMeter.of(guard.settings().bytesOut);
    }

    /** Begins to work on a request; waits for its turn if the guard is fair and others suffer. */
    public void beginRequest() {
        FairTurns turns = guard.turns();
        AddressShare of = share;
        if (turns != null && of != null) {
            turns.begin(of);
        }
    }

    /** Ends what {@link #beginRequest} began. */
    public void endRequest() {
        FairTurns turns = guard.turns();
        AddressShare of = share;
        if (turns != null && of != null) {
            turns.end(of);
        }
    }

    /** Counts a rejection of this connection. */
    public void count(Reason reason, Object client) {
        guard.rejections().count(reason, client);
    }

    /** Gives the place back; a second call does nothing. */
    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            guard.leave(share);
            guard.left();
        }
    }
}
