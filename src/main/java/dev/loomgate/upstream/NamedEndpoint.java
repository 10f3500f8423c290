package dev.loomgate.upstream;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;

import dev.loomgate.names.NameService;
import dev.loomgate.names.NoSuchNameException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A port of a machine that is known by name. The name is looked up by {@link #prepare}, or when the first connection needs it, and
 * from then on in the background when the time that its answer was good for is over, so that a program that moves is followed; if
 * that fails, the addresses of before go on being used. Connections go to all addresses in turn. Safe for use by many threads.
 *
 * <p>There is one look-up of a name at a time, and who needs the answer parks.
 */
public final class NamedEndpoint implements Endpoint {
    private static final Logger LOGGER = LoggerFactory.getLogger(NamedEndpoint.class);
    private static final Pattern ADDRESS = Pattern.compile("[0-9.]+");
    /** After a failure, and for answers that don't say how long they are good. */
    private static final Duration SOON = Duration.ofSeconds(5);
    private static final Duration SHORTEST = Duration.ofSeconds(1);
    private static final Duration LONGEST = Duration.ofHours(1);

    private final String host;
    private final int port;
    private final Lookup lookup;
    private final Duration shortest;
    private final AtomicInteger turn = new AtomicInteger();
    private final AtomicReference<FutureTask<List<InetAddress>>> running = new AtomicReference<>();
    private volatile List<InetAddress> addresses = List.of();
    private volatile long due;
    private volatile Duration timeToLive = SOON;
    private volatile boolean stale;

    /** Finds the addresses of a name. */
    @FunctionalInterface
    interface Lookup {
        NameService.Answer addressesOf(String host) throws UnknownHostException;
    }

    /**
     * Looks nothing up yet.
     *
     * @param host name, or an address
     * @param port 1 to 65535
     */
    public NamedEndpoint(String host, int port) {
        this(host, port, ofThisMachine(new NameService()), SHORTEST);
    }

    /** @param shortest how soon a name is looked up again at the earliest, whatever its answer says */
    NamedEndpoint(String host, int port, Lookup lookup, Duration shortest) {
        this.host = host;
        this.port = port;
        this.lookup = lookup;
        this.shortest = shortest;
    }

    /** The name servers; what is no name, or none that they know, as the JDK knows it. */
    private static Lookup ofThisMachine(NameService names) {
        return host -> {
            if (host.indexOf(':') >= 0 || ADDRESS.matcher(host).matches()) {
                return new NameService.Answer(List.of(InetAddress.getByName(host)), LONGEST);
            }
            try {
                return names.addressesOf(host);
            } catch (NoSuchNameException unknown) {
                try {
                    return new NameService.Answer(List.of(InetAddress.getAllByName(host)), SOON);
                } catch (UnknownHostException e) {
                    unknown.addSuppressed(e);
                    throw unknown;
                }
            }
        };
    }

    @Override
    public SocketChannel connect(Duration limit) throws IOException {
        long deadline = System.nanoTime() + limit.toNanos();
        List<InetAddress> known = known(limit);
        int start = turn.getAndIncrement() & Integer.MAX_VALUE;
        IOException failure = null;
        for (int i = 0; i < known.size(); i++) {
            long left = deadline - System.nanoTime();
            if (left <= 0) {
                break;
            }
            try {
                // so that the last one gets its chance too
                Duration share = Duration.ofNanos(left / (known.size() - i));
                return Tcp.connect(new InetSocketAddress(known.get((start + i) % known.size()), port), share);
            } catch (IOException e) {
                if (failure != null) {
                    e.addSuppressed(failure);
                }
                failure = e;
            }
        }
        throw failure == null ? new SocketTimeoutException("Connect timed out") : failure;
    }

    private List<InetAddress> known(Duration limit) throws IOException {
        refresh();
        List<InetAddress> known = addresses;
        if (!known.isEmpty()) {
            return known;
        }
        try {
            return lookUp().get(limit.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            var late = new SocketTimeoutException("the name '" + host + "' could not be looked up within " + limit);
            late.initCause(e);
            throw late;
        } catch (ExecutionException e) {
            var unknown = new UnknownHostException("the name '" + host + "' could not be looked up: " + e.getCause().getMessage());
            unknown.initCause(e.getCause());
            throw unknown;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new java.io.InterruptedIOException("interrupted while looking up '" + host + "'");
        }
    }

    /**
     * Begins to look the name up; waits for nothing, and whoever connects meanwhile gets this answer. What fails is told to those who
     * connect later.
     */
    @Override
    public void prepare() {
        lookUp();
    }

    /** Begins to look the name up anew if that was long ago; waits for nothing. */
    @Override
    public void refresh() {
        if (!addresses.isEmpty() && System.nanoTime() - due > 0) {
            lookUp();
        }
    }

    @Override
    public boolean isCurrent(SocketAddress address) {
        List<InetAddress> known = addresses;
        return known.isEmpty() || !(address instanceof InetSocketAddress inet) || known.contains(inet.getAddress());
    }

    /** The look-up that is under way, or a new one. */
    private FutureTask<List<InetAddress>> lookUp() {
        FutureTask<List<InetAddress>> one = running.get();
        if (one != null) {
            return one;
        }
        var mine = new FutureTask<>(this::lookUpNow);
        if (!running.compareAndSet(null, mine)) {
            return lookUp();
        }
        Thread.ofVirtual().name("lookup-" + host).start(() -> {
            mine.run();
            running.set(null);
        });
        return mine;
    }

    private List<InetAddress> lookUpNow() throws UnknownHostException {
        try {
            NameService.Answer answer = lookup.addressesOf(host);
            List<InetAddress> found = answer.addresses();
            if (!addresses.isEmpty() && !Set.copyOf(found).equals(Set.copyOf(addresses))) {
                LOGGER.atInfo().addKeyValue("name", host).addKeyValue("addresses", found).log("name has other addresses now");
            }
            timeToLive = answer.timeToLive().compareTo(LONGEST) > 0 ? LONGEST
                    : answer.timeToLive().compareTo(shortest) < 0 ? shortest : answer.timeToLive();
            addresses = found;
            stale = false;
            due = System.nanoTime() + timeToLive.toNanos();
            return found;
        } catch (UnknownHostException e) {
            due = System.nanoTime() + (timeToLive.compareTo(SOON) < 0 ? timeToLive : SOON).toNanos();
            if (!addresses.isEmpty() && !stale) {
                stale = true;
                LOGGER.atWarn().addKeyValue("name", host).addKeyValue("addresses", addresses)
                        .addKeyValue("reason", e.getMessage())
                        .log("name can't be looked up now; going on with the addresses of before");
            }
            throw e;
        }
    }

    @Override
    public String toString() {
        return new Tcp(host, port).toString();
    }
}
