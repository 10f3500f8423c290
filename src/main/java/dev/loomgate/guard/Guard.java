package dev.loomgate.guard;

import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
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
    /** In the place of a route: all of them. */
    private static final Object ALL = new Object();

    private final GuardSettings settings;
    private final int maxConnections;
    private final Rejections rejections;
    private final AddressRules rules;
    private final List<AddressRules> rulesOfRoutes = new CopyOnWriteArrayList<>();
    private final AddressList exempt;
    private final AddressList proxies;
    private final AddressShares shares;
    private final FairTurns turns;
    private final Gates gates;
    private final AtomicInteger connections;
    private final Thread sampler;
    private final AtomicBoolean closed = new AtomicBoolean();
    /** What holds requests to limits, by route; and what did so before this guard. */
    private final Map<Object, RequestGuard> requests = new ConcurrentHashMap<>();
    private final Map<Object, RequestGuard> requestsBefore;

    /** @param predecessor whose connections count; null if there are none */
    private Guard(GuardSettings settings, Guard predecessor) {
        this.settings = settings;
        this.rejections = predecessor == null ? new Rejections() : predecessor.rejections;
        this.connections = predecessor == null ? new AtomicInteger() : predecessor.connections;
        this.shares = predecessor == null ? new AddressShares() : predecessor.shares;
        this.maxConnections = ConnectionMaximum.of(settings);
        this.rules = new AddressRules(settings.allow, settings.allowFiles, settings.deny, settings.denyFiles);
        this.exempt = AddressList.of(settings.exempt);
        this.proxies = AddressList.of(settings.proxies);
        this.turns = settings.fair ? FairTurns.succeed(predecessor == null ? null : predecessor.turns, shares) : null;
        this.gates = new Gates(settings, predecessor == null ? null : predecessor.gates);
        this.requestsBefore = predecessor == null ? Map.of() : predecessor.requests;
        this.sampler = Thread.ofPlatform().name("loomgate-guard").daemon().unstarted(this::sampleAll);
    }

    /**
     * Begins to guard.
     *
     * @throws IllegalArgumentException if a file of addresses can't be read; the message names it, and the line
     */
    public static Guard open(GuardSettings settings) {
        return start(new Guard(settings, null));
    }

    /**
     * Begins to guard in the place of this one, which goes on for the connections that it has let in until it is closed. What
     * has been counted goes on being counted, and connections of both together are held to the new limits. Nobody gets new tokens
     * by that: limits of requests that are there in both go on as they were, those with another rate with as many tokens missing.
     *
     * @throws IllegalArgumentException if a file of addresses can't be read; the message names it, and the line
     */
    public Guard succeedWith(GuardSettings newSettings) {
        return start(new Guard(newSettings, this));
    }

    private static Guard start(Guard guard) {
        guard.sampler.start();
        return guard;
    }

    /** A guard that lets everyone in, and counts only. */
    public static Guard none() {
        return new Guard(GuardSettings.builder().build(), null);
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
        // first its own limit: nobody is to make room for a client that can't be let in anyway
        AddressShare share = null;
        if (!isExempt(client)) {
            share = join(client);
            if (share == null) {
                return turnAway(Reason.CONNECTIONS_OF_ADDRESS);
            }
        }
        if (!takePlace()) {
            leave(share);
            return turnAway(Reason.CONNECTIONS);
        }
        return new Ticket(this, share);
    }

    /** Takes a place if there is one; never one too many for a moment, which would keep somebody else out. */
    private boolean takePlace() {
        for (int taken = connections.get(); taken < maxConnections; taken = connections.get()) {
            if (connections.compareAndSet(taken, taken + 1)) {
                return true;
            }
        }
        return false;
    }

    private Admission.TurnedAway turnAway(Reason reason) {
        // who is not wanted at all is not told anything
        return new Admission.TurnedAway(reason, settings.answerWhenFull && reason != Reason.ADDRESS);
    }

    /**
     * Makes what holds the requests of a route to limits of its own.
     *
     * @param route   which one, equal for the same route after another
     * @param watcher tells when a client does not wait any more
     * @throws IllegalArgumentException if a file of addresses can't be read; the message names it, and the line
     */
    public RequestGuard requestsOfRoute(Object route, RequestLimits limits, ClientWatcher watcher) {
        AddressRules access = limits.access().map(lists ->
                new AddressRules(lists.allow(), lists.allowFiles(), lists.deny(), lists.denyFiles())).orElse(null);
        if (access != null) {
            rulesOfRoutes.add(access);
        }
        return requests(route, access, limits, watcher);
    }

    private RequestGuard requests(Object route, AddressRules access, RequestLimits limits, ClientWatcher watcher) {
        var made = new RequestGuard(access, limits, rejections, watcher, requestsBefore.get(route));
        requests.put(route, made);
        return made;
    }

    /**
     * Makes what holds all requests together to limits; {@link RequestLimits#access} has no meaning here.
     *
     * @param forwarded whether a request may come from another client than its connection, through a trusted proxy, so that the
     *                  lists of addresses must be asked again for each
     * @param watcher   tells when a client does not wait any more
     * @return empty if there is no limit to hold them to
     */
    public Optional<RequestGuard> requestsOfAll(RequestLimits limits, boolean forwarded, ClientWatcher watcher) {
        boolean asked = forwarded && rules.isNeeded();
        return limits.isNone() && !asked ? Optional.empty()
                : Optional.of(requests(ALL, asked ? rules : null, limits, watcher));
    }

    Reason objection(InetAddress client) {
        return rules.admits(client) || proxies.contains(client) ? null : Reason.ADDRESS;
    }

    boolean isExempt(InetAddress client) {
        return exempt.contains(client) || proxies.contains(client);
    }

    AddressShare join(InetAddress client) {
        return shares.join(AddressKey.of(client), settings.maxConnectionsPerAddress);
    }

    /**
     * Connections that each address could have if those of all addresses were shared out evenly. Those of exempt networks belong to
     * no address.
     *
     * @param newcomer an address that wants one more; null if it is not known
     * @return 0 if the newcomer has as many already, or if no address has more
     */
    public int fairShareFor(InetAddress newcomer) {
        return shares.fairShareFor(newcomer == null ? null : AddressKey.of(newcomer));
    }

    void leave(AddressShare share) {
        if (share != null) {
            shares.leave(share);
        }
    }

    void left() {
        connections.decrementAndGet();
    }

    /** Null if requests of one address do not wait for each other. */
    FairTurns turns() {
        return turns;
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
        long every = settings.sampleEvery.toNanos();
        long pause = turns == null ? every : Math.min(every, TimeUnit.MILLISECONDS.toNanos(FairTurns.INTERVAL_MILLIS));
        long sampledAt = System.nanoTime() - every;
        while (!Thread.currentThread().isInterrupted()) {
            try {
                if (turns != null) {
                    turns.sample();
                }
                if (System.nanoTime() - sampledAt >= every) {
                    sampledAt = System.nanoTime();
                    sample();
                }
            } catch (RuntimeException | Error e) {
                // without samples an overload would not be seen, or not be seen to end
                LOGGER.atError().setCause(e).log("looking at the state of the machine failed, going on");
            }
            LockSupport.parkNanos(pause);
        }
    }

    private void sample() {
        gates.sample();
        rules.refresh();
        rulesOfRoutes.forEach(AddressRules::refresh);
        rejections.logRest();
    }

    /** Ends its thread; connections that are let in are not touched, and their requests need not wait for their turns any more. */
    @Override
    public void close() {
        sampler.interrupt();
        if (turns != null && closed.compareAndSet(false, true)) {
            turns.release();
        }
    }
}
