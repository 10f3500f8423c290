package dev.loomgate.transport;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.function.BooleanSupplier;

import dev.loomgate.guard.RateMeter;
import dev.loomgate.guard.Reason;
import dev.loomgate.guard.Ticket;
import io.helidon.common.buffers.DataReader;
import io.helidon.common.buffers.DataWriter;
import io.helidon.common.concurrency.limits.FixedLimit;
import io.helidon.common.concurrency.limits.Limit;
import io.helidon.common.socket.PeerInfo;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.ListenerContext;
import io.helidon.webserver.Router;
import io.helidon.webserver.spi.ServerConnection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One accepted connection: what Helidon's protocols ask of it, and the task that runs the protocol on the connection's thread
 * from the first byte to the last.
 */
public final class Connection extends Serving implements ConnectionContext, Runnable {
    private static final Logger LOGGER = LoggerFactory.getLogger(Connection.class);
    // requests are limited by the guard; an upgraded protocol asks for a limit all the same
    private static final Limit UNLIMITED = FixedLimit.create();

    /** How long, in milliseconds, a client that was told off has to read it. */
    private static final long LINGER_MILLIS = 1_000;
    private final Listener listener;
    private final LeanSocket socket;
    private final Ticket ticket;
    private final TlsSettings tls;
    private RateMeter requests;
    private String application = "";
    private ServerConnection protocol;
    private byte[] unread;
    private DataReader reader;
    private volatile PendingWatch watch;
    /** Null for a protocol that serves one request after the other. */
    private volatile Multiplexed multiplexed;
    private volatile Set<StreamServing> streams = Set.of();

    /** @param tls how it speaks TLS; null if it does not */
    Connection(Listener listener, LeanSocket socket, Ticket ticket, TlsSettings tls) {
        this.listener = listener;
        this.socket = socket;
        this.ticket = ticket;
        this.tls = tls;
        this.requests = ticket.requests();
    }

    @Override
    public void run() {
        try {
            if (hasWelcomeClient() && isSecured()) {
                protocol = listener.protocol(this);
                protocol.handle(UNLIMITED);
                socket.takeLeave();
            }
        } catch (CloseConnectionException | UncheckedIOException | DataReader.InsufficientDataAvailableException e) {
            LOGGER.debug("connection ended", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException | Error e) {
            // one connection's mishap; the thread and the server go on
            LOGGER.atError().addKeyValue("peer", remotePeer().host()).setCause(e).log("connection failed");
        } finally {
            abandon();
        }
    }

    /** Learns who the client is where a proxy says so first; returns false if the connection is to be closed. */
    private boolean hasWelcomeClient() {
        ProxySettings proxies = listener.proxies();
        if (!proxies.proxyProtocol()) {
            return true;
        }
        try {
            if (!(client() instanceof InetAddress proxy) || !proxies.trusted().trusts(proxy)) {
                throw new ProtocolException("not a trusted proxy");
            }
            InetSocketAddress client = ProxyHeader.read(socket, socket.now() + proxies.headerTimeout().toMillis());
            if (client != null) {
                if (ticket.reassign(client.getAddress()) != null) {
                    return false;
                }
                socket.speaksFor(client);
                requests = ticket.requests();
            }
            return true;
        } catch (ProtocolException e) {
            LOGGER.debug("connection refused", e);
            ticket.count(Reason.PROXY_HEADER, client());
        } catch (IOException e) {
            // a check whether the port is open ends so
            LOGGER.debug("connection ended before its PROXY header did", e);
        }
        return false;
    }

    /** Agrees with the client on TLS where that is spoken; returns false if the connection is to be closed. */
    private boolean isSecured() {
        if (tls == null) {
            return true;
        }
        try {
            application = socket.secure(tls.engines().get(), tls.handshake().toMillis());
            return true;
        } catch (PlainTextException e) {
            ticket.count(Reason.MALFORMED, client());
            awaitReader();
        } catch (IOException e) {
            // clients that know the certificate's issuer for a stranger end so, too
            LOGGER.atDebug().addKeyValue("peer", client()).setCause(e).log("no agreement on TLS");
        }
        return false;
    }

    /** Lets the client read what it was told before it learns that the connection is closed. */
    private void awaitReader() {
        linger(LINGER_MILLIS, LINGER_MILLIS);
    }

    /**
     * Says that nothing more will be sent, and listens on, so that the client can read what was: closing with bytes unread would
     * reset the connection, and the reset may overtake them (RFC 9112 section 9.6).
     *
     * @param silent how long, in milliseconds, for a client that sends nothing
     * @param most   how long in all: a client in the middle of something large looks for an answer late
     */
    public void linger(long silent, long most) {
        byte[] waste = buffers().borrow();
        try {
            socket.shutdownOutput();
            long end = socket.now() + most;
            for (int count = 0; count >= 0 && socket.now() < end;) {
                count = socket.read(waste, 0, waste.length, Math.min(end, socket.now() + silent));
            }
        } catch (IOException e) {
            LOGGER.trace("client did not wait for the close", e);
        } finally {
            buffers().giveBack(waste);
        }
    }

    /** The application protocol that was agreed on with TLS (RFC 7301), such as {@code h2}; empty if none was. */
    public String applicationProtocol() {
        return application;
    }

    /** Whom its requests are from: what trusted proxies say. */
    public RequestOrigin origin() {
        return new RequestOrigin(socket, listener.proxies().trusted());
    }

    /** The place among the connections that the guard has let in. */
    Ticket ticket() {
        return ticket;
    }

    /** The client's address, or a text if it can't be told any more. */
    Object client() {
        return socket.address();
    }

    /** Closes as {@link LeanSocket#leaveIfWaiting} does, and gives its place back; returns whether it did. */
    boolean leaveIfWaiting(Wait wait, boolean unread) {
        if (!socket.leaveIfWaiting(wait, unread)) {
            return false;
        }
        ticket.close();
        return true;
    }

    /** Closes a connection that no thread will run. */
    void abandon() {
        socket.close();
        listener.ended(this);
    }

    /** Begins to work on a request: waits for its turn, if others suffer from how much this client wants. */
    public void beginRequest() {
        ticket.beginRequest();
        // requests that waited for their turn were not woken by a poller
        socket.giveWayToOutsiders();
    }

    /** Ends what {@link #beginRequest} began. */
    public void endRequest() {
        forgetRouter();
        ticket.endRequest();
    }

    /**
     * Counts a whole request, or its header, that has come. If there are too many in a second, the calling thread is kept for a
     * while.
     *
     * @return false if there are so many that it should be refused, and the connection be closed
     */
    public boolean mayServe() {
        if (requests == null) {
            return true;
        }
        long wait = requests.take(1, socket.time());
        if (wait == RateMeter.EXCEEDED) {
            ticket.count(Reason.REQUESTS_OF_CONNECTION, client());
            return false;
        }
        if (wait > 0) {
            Throttle.hold(socket, wait);
        }
        return true;
    }

    /**
     * Counts a request that is turned down for what it is.
     *
     * @param status of the answer: 413, 414 and 431 mean a length, 429 has been counted, others mean that it is not valid
     */
    public void countRefusal(int status) {
        if (status != 429) {
            ticket.count(switch (status) {
                case 413 -> Reason.BODY;
                case 414 -> Reason.REQUEST_LINE;
                case 431 -> Reason.HEADER;
                default -> Reason.MALFORMED;
            }, client());
        }
    }

    /** The client's socket. */
    public LeanSocket socket() {
        return socket;
    }

    /** Arrays to borrow while reading and writing. */
    public Buffers buffers() {
        return listener.buffers();
    }

    /** Arrays of 64 KB and more to borrow, for as much as one system call writes. */
    public Buffers largeBuffers() {
        return listener.largeBuffers();
    }

    /** Whether the listener is closing: a response should say {@code Connection: close}. */
    public boolean isDraining() {
        return listener.isEndingConnections();
    }

    /**
     * Hands bytes that were read, but belong to the protocol that takes over, back to {@link #dataReader()}.
     *
     * @param bytes what was read too much, kept, not copied; null to take it back
     */
    public void pushBack(byte[] bytes) {
        unread = bytes;
    }

    /**
     * Has an action run when the client goes, until the watch is closed; see {@link ClientWatch}.
     *
     * @param mayBegin whether nothing else reads from the client any more: its body has been read to the end
     * @throws IllegalStateException if there is an open watch
     */
    public ClientWatch.Watch watch(BooleanSupplier mayBegin, Runnable action) {
        if (watch != null) {
            throw new IllegalStateException("the client is watched already: close that watch first");
        }
        var pending = new PendingWatch(this, mayBegin, action);
        watch = pending;
        return pending;
    }

    /** Ends the watch that a request has left open, if any: it must not read what belongs to the next. */
    public void endWatch() {
        PendingWatch left = watch;
        if (left != null) {
            left.close();
        }
    }

    void watchEnded(boolean begun) {
        watch = null;
        if (begun) {
            socket.forgetWatch();
        }
    }

    void sweep(long now) {
        PendingWatch pending = watch;
        if (pending != null) {
            pending.begin(socket);
        }
        sweepTimer(now);
        Multiplexed several = multiplexed;
        if (several != null) {
            streams.forEach(stream -> stream.sweepTimer(now));
            several.sweep();
            if (isDraining()) {
                several.endGently();
            }
        }
        socket.sweep(now);
    }

    /** Closes if it waits for a request; one that serves several at once is ended so that none is lost. */
    void closeIfIdle() {
        Multiplexed several = multiplexed;
        if (several == null) {
            socket.closeIfIdle();
        } else {
            several.endGently();
        }
    }

    /**
     * From now on, several requests are served at once: each on a thread of its own, which may write, one at a time. A thread that
     * is interrupted in that does not close the socket, which is not its own.
     */
    public void multiplex(Multiplexed protocol) {
        streams = ConcurrentHashMap.newKeySet();
        socket.share();
        multiplexed = protocol;
    }

    /**
     * A place for one of several requests.
     *
     * @param breakOff ends the request when its handler does not end in time; must not wait
     */
    public StreamServing openStream(Runnable breakOff) {
        var stream = new StreamServing(this, breakOff);
        streams.add(stream);
        return stream;
    }

    void streamEnded(StreamServing stream) {
        streams.remove(stream);
    }

    /** Number of requests that are served at once; -1 if its protocol serves one after the other. */
    int streamCount() {
        return multiplexed == null ? -1 : streams.size();
    }

    /** Counts a rejection of the client, or of something that it wants. */
    public void count(Reason reason) {
        ticket.count(reason, client());
    }

    @Override
    void countLate() {
        count(Reason.REQUEST_TIME);
    }

    @Override
    void breakOff() {
        socket.abort();
    }

    @Override
    Listener listener() {
        return listener;
    }

    void close() {
        socket.close();
    }

    @Override
    public ListenerContext listenerContext() {
        return listener;
    }

    @Override
    public ExecutorService executor() {
        return listener.executor();
    }

    /** Takes what {@link #pushBack} has handed back; null if nothing was. */
    public byte[] takeUnread() {
        byte[] first = unread;
        unread = null;
        return first;
    }

    @Override
    public DataReader dataReader() {
        // one for all who ask: it may hold bytes
        if (reader == null) {
            reader = DataReader.create(this::nextBytes);
        }
        return reader;
    }

    private byte[] nextBytes() {
        byte[] first = takeUnread();
        return first == null ? socket.get() : first;
    }

    @Override
    public DataWriter dataWriter() {
        return new DirectWriter(socket);
    }

    @Override
    boolean isServedBy(Router router) {
        return super.isServedBy(router) || streams.stream().anyMatch(stream -> stream.isServedBy(router));
    }

    @Override
    public LeanSocket serverSocket() {
        return socket;
    }

    @Override
    public PeerInfo remotePeer() {
        return socket.remotePeer();
    }

    @Override
    public PeerInfo localPeer() {
        return socket.localPeer();
    }

    @Override
    public boolean isSecure() {
        return socket.isSecure();
    }

    @Override
    public String socketId() {
        return socket.socketId();
    }

    @Override
    public String childSocketId() {
        return socket.childSocketId();
    }
}
