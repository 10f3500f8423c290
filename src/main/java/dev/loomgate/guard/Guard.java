package dev.loomgate.guard;

import java.net.InetAddress;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides for each connection that was accepted whether it is let in, and counts who is not. One guard serves all listeners of a
 * server. A thread of its own looks at the machine and at the files of addresses, so that a decision reads memory only.
 *
 * <p>Safe for use by many threads.
 */
public final class Guard implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(Guard.class);

    private final GuardSettings settings;
    private final int maxConnections;
    private final Rejections rejections;
    private final AddressGate rules;
    private final AddressList exempt;
    private final AddressShares shares;
    private final Gates gates;
    private final AtomicInteger connections = new AtomicInteger();
    private final Thread sampler;

    private Guard(GuardSettings settings, Rejections rejections) {
        this.settings = settings;
        this.rejections = rejections;
        this.maxConnections = ConnectionMaximum.of(settings);
        this.rules = new AddressGate(settings);
        this.exempt = AddressList.of(settings.exempt);
        this.shares = new AddressShares(settings.maxConnectionsPerAddress);
        this.gates = new Gates(settings);
        this.sampler = Thread.ofPlatform().name("loomgate-guard").daemon().unstarted(this::sampleAll);
    }

    /**
     * Begins to guard.
     *
     * @param rejections where it counts, and what it logs the rest of when counting has ended
     * @throws IllegalArgumentException if a file of addresses can't be read; the message names it, and the line
     */
    public static Guard open(GuardSettings settings, Rejections rejections) {
        var guard = new Guard(settings, rejections);
        guard.sampler.start();
        return guard;
    }

    /** A guard that lets everyone in, and counts only. */
    public static Guard none() {
        return new Guard(GuardSettings.builder().build(), new Rejections());
    }

    /**
     * Decides about a connection. One that is turned away has not been counted as rejected: the caller may be able to make room
     * and ask again.
     *
     * @param client its address
     */
    public Admission admit(InetAddress client) {
        Reason objection = objection(client);
        if (objection == null) {
            objection = gates.closedBy();
        }
        if (objection != null) {
            return turnAway(objection);
        }
        if (connections.incrementAndGet() > maxConnections) {
            connections.decrementAndGet();
            return turnAway(Reason.CONNECTIONS);
        }
        if (isExempt(client)) {
            return new Ticket(this, null);
        }
        AddressShare share = join(client);
        if (share == null) {
            connections.decrementAndGet();
            return turnAway(Reason.CONNECTIONS_OF_ADDRESS);
        }
        return new Ticket(this, share);
    }

    private Admission.TurnedAway turnAway(Reason reason) {
        // who is not wanted at all is not told anything
        return new Admission.TurnedAway(reason, settings.answerWhenFull && reason != Reason.ADDRESS);
    }

    Reason objection(InetAddress client) {
        return rules.admits(client) ? null : Reason.ADDRESS;
    }

    boolean isExempt(InetAddress client) {
        return exempt.contains(client);
    }

    AddressShare join(InetAddress client) {
        return shares.join(AddressKey.of(client));
    }

    void leave(AddressShare share) {
        if (share != null) {
            shares.leave(share);
        }
    }

    void left() {
        connections.decrementAndGet();
    }

    GuardSettings settings() {
        return settings;
    }

    /** Who was turned away, by reason. */
    public Rejections rejections() {
        return rejections;
    }

    /** Number of connections that are let in at present. */
    public int connectionCount() {
        return connections.get();
    }

    /** Most connections at a time; {@link GuardSettings#UNLIMITED} if there is no limit. */
    public int maxConnections() {
        return maxConnections;
    }

    /** When who is turned away may come again. */
    public Duration retryAfter() {
        return settings.retryAfter;
    }

    private void sampleAll() {
        while (!Thread.currentThread().isInterrupted()) {
            try {
                gates.sample();
                rules.refresh();
                rejections.logRest();
            } catch (RuntimeException | Error e) {
                // without samples an overload would not be seen, or not be seen to end
                LOGGER.atError().setCause(e).log("looking at the state of the machine failed, going on");
            }
            LockSupport.parkNanos(settings.sampleEvery.toNanos());
        }
    }

    /** Ends its thread; connections that are let in are not touched. */
    @Override
    public void close() {
        sampler.interrupt();
    }
}
