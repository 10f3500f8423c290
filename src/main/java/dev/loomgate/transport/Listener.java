package dev.loomgate.transport;

import java.io.IOException;
import java.net.BindException;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import dev.loomgate.guard.Guard;
import dev.loomgate.guard.Ticket;
import dev.loomgate.poller.Poller;
import dev.loomgate.poller.Pollers;
import io.helidon.common.context.Context;
import io.helidon.http.encoding.ContentEncodingContext;
import io.helidon.http.media.MediaContext;
import io.helidon.webserver.ListenerConfig;
import io.helidon.webserver.ListenerContext;
import io.helidon.webserver.Router;
import io.helidon.webserver.http.DirectHandlers;
import io.helidon.webserver.spi.ServerConnection;
import io.helidon.webserver.spi.ServerConnectionSelector;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Accepts connections on one address and runs each on a thread of the chosen model: see {@link Acceptor} for the one, and
 * {@link Connection} for the other.
 *
 * <p>Safe for use by many threads.
 */
public final class Listener implements ListenerContext, AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(Listener.class);
    private static final long TICK_MILLIS = 100;
    private static final int TICKS_PER_SWEEP = 5;
    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

    private final String name;
    private final int port;
    private final ListenerConfig helidonConfig;
    private final Context context;
    private final Buffers buffers = new Buffers();
    private final RefusedConnections refused;
    private final Neighbours neighbours;
    private final Deadlines deadlines;
    private final Set<Connection> connections = ConcurrentHashMap.newKeySet();
    private final ExecutorService threads;
    /** Null where threads block. */
    private final Pollers pollers;
    /** What connections with TLS share; its threads begin with the first handshake. */
    private final TlsBuffers tlsBuffers;
    private final Acceptor acceptor;
    private final Thread sweeper;
    private volatile Terms terms;
    private volatile boolean draining;
    private volatile boolean diverting;

    /** What can be replaced while it listens. */
    private record Terms(Guard guard, ServerConnectionSelector selector, Router router, KeepAliveProbes probes,
                         ProxySettings proxies, OptionalInt sendBuffer, TlsSettings tls) {
        private static Terms of(ListenerSettings settings, Guard guard, ServerConnectionSelector selector, Router router) {
            return new Terms(guard, selector, router, settings.probes().orElse(null), settings.proxies(), settings.sendBuffer(),
                    settings.tls().orElse(null));
        }
    }

    /** What the acceptor lets in. */
    private final class Admitted implements Acceptor.Host {
        @Override
        public Guard guard() {
            return terms.guard();
        }

        @Override
        public boolean isEncrypted() {
            return terms.tls() != null;
        }

        @Override
        public void serve(SocketChannel channel, Ticket ticket) throws IOException {
            begin(channel, ticket);
        }
    }

    private Listener(ListenerSettings settings, ServerSocketChannel bound, int port, Pollers pollers, Terms terms) {
        this.name = settings.name();
        this.port = port;
        this.terms = terms;
        this.deadlines = new Deadlines(settings.limits());
        this.helidonConfig = HandlerEnvironment.config(name, settings.host(), settings.port());
        this.context = Context.builder().id("listener-" + name).build();
        this.neighbours = settings.neighbours();
        this.threads = settings.threads().open(name);
        this.pollers = pollers;
        this.tlsBuffers = TlsBuffers.create(new Handshakes(name));
        this.refused = new RefusedConnections(deadlines);
        this.acceptor = new Acceptor(name, bound, new Admitted(), new Crowd(neighbours, deadlines), refused);
        this.sweeper = Thread.ofPlatform().name("loomgate-sweep-" + name).daemon().unstarted(this::sweepAll);
    }

    /**
     * Binds the address and begins to accept.
     *
     * @param settings where to listen, and how
     * @param selector makes the protocol of each connection
     * @param router   routings for the requests; started already
     * @throws BindException if the address is taken or not allowed; the message names it
     * @throws IOException   if the address can't be listened on for another reason
     */
    public static Listener open(ListenerSettings settings, ServerConnectionSelector selector, Router router)
            throws IOException {
        return open(settings, Guard.none(), selector, router);
    }

    /**
     * Binds the address and begins to accept whom a guard lets in.
     *
     * @param settings where to listen, and how
     * @param guard    decides about each connection; it is not closed with the listener
     * @param selector makes the protocol of each connection
     * @param router   routings for the requests; started already
     * @throws BindException if the address is taken or not allowed; the message names it
     * @throws IOException   if the address can't be listened on for another reason
     */
    public static Listener open(ListenerSettings settings, Guard guard, ServerConnectionSelector selector, Router router)
            throws IOException {
        ServerSocketChannel bound = bind(settings);
        return open(settings, bound, ((InetSocketAddress) bound.getLocalAddress()).getPort(), guard, selector, router);
    }

    /**
     * Begins to accept on a socket that is bound already, and is closed with the listener.
     *
     * @param settings how to listen; where, is up to the socket
     * @param port     port that the socket is bound to
     * @throws IOException if there is no descriptor for it; the socket is closed then
     */
    public static Listener open(ListenerSettings settings, ServerSocketChannel bound, int port, Guard guard,
                                ServerConnectionSelector selector, Router router) throws IOException {
        Pollers pollers;
        try {
            pollers = settings.threads() instanceof ThreadModel.Virtual ? Pollers.common() : null;
        } catch (IOException e) {
            bound.close();
            throw e;
        }
        var listener = new Listener(settings, bound, port, pollers, Terms.of(settings, guard, selector, router));
        Rehearsal.perform();
        listener.neighbours.join(listener.connections);
        listener.sweeper.start();
        listener.acceptor.start();
        return listener;
    }

    /**
     * Goes on with other settings: new connections, and the next request of each that is open, are served by them; a connection
     * keeps the limits of its protocol, and its place with the guard that let it in. Name, address, backlog and threads stay.
     *
     * @see #isServing
     */
    public void adopt(ListenerSettings settings, Guard guard, ServerConnectionSelector selector, Router router) {
        deadlines.limit(settings.limits());
        terms = Terms.of(settings, guard, selector, router);
    }

    /** Whether a request, or a connection that has changed its protocol, is served by these routings, which it had before. */
    public boolean isServing(Router router) {
        return connections.stream().anyMatch(connection -> connection.isServedBy(router));
    }

    private static ServerSocketChannel bind(ListenerSettings settings) throws IOException {
        var address = new InetSocketAddress(settings.host(), settings.port());
        if (address.isUnresolved()) {
            throw new BindException("can't listen on " + settings.host() + ": the name does not resolve to an address");
        }
        // sockets that know of IPv6 take longer for IPv4; one that listens on all addresses must
        boolean onlyIpv4 = address.getAddress() instanceof Inet4Address && !address.getAddress().isAnyLocalAddress();
        ServerSocketChannel channel = onlyIpv4 ? ServerSocketChannel.open(StandardProtocolFamily.INET) : ServerSocketChannel.open();
        try {
            channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
            return channel.bind(address, settings.backlog());
        } catch (IOException e) {
            channel.close();
            var failure = new BindException("can't listen on " + settings.host() + ":" + settings.port() + ": " + e.getMessage());
            failure.initCause(e);
            throw failure;
        }
    }

    /** Port that is listened on, also where 0 was asked for. */
    public int port() {
        return port;
    }

    /** Number of connections that are open. */
    public int connectionCount() {
        return connections.size();
    }

    /**
     * Number of connections that are open, by what they do: {@code working} on a request, {@code idle} between two requests,
     * {@code new} before the first byte, in the middle of a {@code header}, or {@code closing}. Looks at every connection.
     */
    public Map<String, Integer> connectionStates() {
        int working = 0;
        var waiting = new EnumMap<Wait, Integer>(Wait.class);
        for (Connection connection : connections) {
            Wait wait = connection.socket().waitsFor();
            if (wait == null) {
                working++;
            } else {
                waiting.merge(wait, 1, Integer::sum);
            }
        }
        return Map.of("working", working, "new", waiting.getOrDefault(Wait.FIRST_BYTE, 0),
                "header", waiting.getOrDefault(Wait.HEADER, 0), "idle", waiting.getOrDefault(Wait.REQUEST, 0),
                "closing", waiting.getOrDefault(Wait.CLOSE, 0));
    }

    /** Number of connections whose protocol serves several requests at once. */
    public int multiplexedCount() {
        return (int) connections.stream().filter(connection -> connection.streamCount() >= 0).count();
    }

    /** Number of requests that such connections serve at present. */
    public int streamCount() {
        return connections.stream().mapToInt(connection -> Math.max(0, connection.streamCount())).sum();
    }

    private void begin(SocketChannel channel, Ticket ticket) throws IOException {
        Poller poller = pollers == null ? null : pollers.next();
        Terms current = terms;
        TlsSettings tls = current.tls();
        var parking = tls == null ? new ParkingChannel(channel, poller) : new TlsChannel(channel, poller, tlsBuffers);
        var connection = new Connection(this, new LeanSocket(parking, deadlines, name, ticket), ticket, tls);
        boolean admitted = false;
        try {
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            if (current.sendBuffer().isPresent()) {
                channel.setOption(StandardSocketOptions.SO_SNDBUF, current.sendBuffer().getAsInt());
            }
            if (current.probes() != null) {
                current.probes().apply(channel);
            }
            connections.add(connection);
            threads.execute(connection);
            admitted = true;
        } catch (RejectedExecutionException e) {
            LOGGER.debug("a connection came when the listener was closed", e);
        } finally {
            // also when no thread could be made
            if (!admitted) {
                connection.abandon();
            }
        }
    }

    private void sweepAll() {
        for (int tick = 0; !Thread.currentThread().isInterrupted(); tick++) {
            long now = deadlines.refresh();
            refused.sweep(now);
            if (tick % TICKS_PER_SWEEP == 0) {
                connections.forEach(connection -> sweep(connection, now));
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(TICK_MILLIS));
        }
    }

    private void sweep(Connection connection, long now) {
        try {
            connection.sweep(now);
        } catch (RuntimeException | Error e) {
            // without the sweep there would be no deadline for anyone
            LOGGER.atError().addKeyValue("listener", name).setCause(e).log("sweeping a connection failed, going on");
        }
    }

    ServerConnection protocol(Connection connection) {
        return terms.selector().connection(connection);
    }

    void ended(Connection connection) {
        connections.remove(connection);
        connection.ticket().close();
    }

    ProxySettings proxies() {
        return terms.proxies();
    }

    Buffers buffers() {
        return buffers;
    }

    /** Arrays for as much as one system call writes. */
    Buffers largeBuffers() {
        return tlsBuffers.large();
    }

    /** Routings that requests are given to. */
    public Router router() {
        return terms.router();
    }

    /** Whether connections are to end with their next response. */
    boolean isEndingConnections() {
        return draining || diverting;
    }

    /**
     * Has every connection end with its next response, or be kept again: for a server that goes on to serve, but whose clients are to
     * go to another.
     */
    public void divert(boolean elsewhere) {
        diverting = elsewhere;
    }

    /** Whether it takes no more connections, and waits for what is under way to end. */
    public boolean isDraining() {
        return draining;
    }

    /**
     * Stops accepting, lets requests in flight finish and closes connections that wait for a request. Connections that are
     * still open after the limit are closed.
     *
     * @param limit how long requests in flight may take
     * @return whether all connections ended by themselves
     */
    public boolean drain(Duration limit) {
        return drain(limit, false);
    }

    /**
     * Stops accepting and lets every connection end with its next response, so that no client loses a request that is on its way
     * to a connection that is just being closed. Those that wait for a request are closed at the end of the limit, or of the time
     * that they may be idle.
     *
     * @param limit how long requests in flight may take, and clients may keep quiet
     * @return whether all connections ended by themselves, or were waiting for a request
     */
    public boolean drainPatiently(Duration limit) {
        return drain(limit, true);
    }

    /** Accepts no more; from now on every connection ends with its next response. To be followed by a drain. */
    public void stopAccepting() {
        draining = true;
        acceptor.stop();
    }

    private boolean drain(Duration limit, boolean patient) {
        stopAccepting();
        long deadline = System.nanoTime() + limit.toNanos();
        while (!connections.isEmpty() && System.nanoTime() < deadline) {
            if (!patient) {
                // again and again: a connection may become idle after it was looked at
                closeIdle();
            }
            LockSupport.parkNanos(LOOK_NANOS);
        }
        if (patient) {
            closeIdle();
        }
        boolean drained = connections.isEmpty() || patient && connectionStates().get("working") == 0;
        connections.forEach(Connection::close);
        neighbours.leave(connections);
        threads.shutdown();
        sweeper.interrupt();
        tlsBuffers.handshakes().close();
        refused.closeAll();
        acceptor.release();
        return drained;
    }

    private void closeIdle() {
        connections.forEach(Connection::closeIfIdle);
    }

    /** Closes at once: connections in flight are broken. */
    @Override
    public void close() {
        drain(Duration.ZERO);
    }

    @Override
    public Context context() {
        return context;
    }

    @Override
    public MediaContext mediaContext() {
        return HandlerEnvironment.media();
    }

    @Override
    public ContentEncodingContext contentEncodingContext() {
        return HandlerEnvironment.encodings();
    }

    @Override
    public DirectHandlers directHandlers() {
        return HandlerEnvironment.errors();
    }

    @Override
    public ListenerConfig config() {
        return helidonConfig;
    }

    @Override
    public ExecutorService executor() {
        return threads;
    }

    @Override
    public String toString() {
        return name + " on port " + port();
    }
}
