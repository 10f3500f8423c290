package dev.loomgate.names;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

import org.xbill.DNS.AAAARecord;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.ExtendedResolver;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.ResolverConfig;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;
import org.xbill.DNS.hosts.HostsFileParser;
import org.xbill.DNS.lookup.LookupResult;
import org.xbill.DNS.lookup.LookupSession;
import org.xbill.DNS.lookup.NoSuchDomainException;
import org.xbill.DNS.lookup.NoSuchRRSetException;

/**
 * Finds the addresses of names: in the file of hosts, and then by asking the name servers that {@code /etc/resolv.conf} names, which
 * is read again when it changes; {@code -Ddns.server=ADDRESS:PORT} names others. {@code localhost}, and what is below it, is this
 * machine whatever they say. Who asks is parked until the answer comes. Nothing
 * is remembered: an answer says for how long it may be. Safe for use by many threads.
 */
public final class NameService {
    private static final Path RESOLV_CONF = Path.of("/etc/resolv.conf");
    private static final Path HOSTS = Path.of("/etc/hosts");
    /** How long a file's entry counts, which has no time of its own. */
    private static final Duration OF_FILE = Duration.ofSeconds(5);
    private static final Name LOCALHOST = Name.fromConstantString("localhost.");
    private static final long LOOK_NANOS = 5_000_000_000L;

    private final HostsFileParser hosts = new HostsFileParser(HOSTS, true);
    private volatile Session session;

    /**
     * What was found.
     *
     * @param addresses  at least one, IPv4 first
     * @param timeToLive how long they may be relied upon, zero or more
     */
    public record Answer(List<InetAddress> addresses, Duration timeToLive) {
        /** Keeps a copy of the addresses. */
        public Answer {
            addresses = List.copyOf(addresses);
        }
    }

    /** Ways to ask, as the file said at that time. */
    private record Session(LookupSession lookups, ResolverConfig config, FileTime changed, long looked) {
    }

    /**
     * Looks a name up.
     *
     * @param host name, with or without domain
     * @throws NoSuchNameException  if there is none
     * @throws UnknownHostException if the name servers do not answer in time, or refuse to
     */
    public Answer addressesOf(String host) throws UnknownHostException {
        try {
            List<InetAddress> known = ofThisMachine(host);
            // the domains to search are put behind a relative name
            return known.isEmpty() ? ask(host, Name.fromString(host)) : new Answer(known, OF_FILE);
        } catch (TextParseException e) {
            throw new NoSuchNameException(host);
        }
    }

    /** What needs no name server, and not one class of what asks them: the file of hosts, and what RFC 6761 section 6.3 settles. */
    private List<InetAddress> ofThisMachine(String host) throws TextParseException, UnknownHostException {
        // the file's names are absolute, however they are written there
        Name name = Name.fromString(host, Name.root);
        List<InetAddress> found = inFile(name);
        if (found.isEmpty()) {
            found = inFile(name.canonicalize());
        }
        if (found.isEmpty() && name.subdomain(LOCALHOST)) {
            found = List.of(InetAddress.getByAddress(host, new byte[] {127, 0, 0, 1}),
                    InetAddress.getByAddress(host, new byte[] {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}));
        }
        return found;
    }

    private List<InetAddress> inFile(Name name) {
        var found = new ArrayList<InetAddress>(2);
        try {
            hosts.getAddressForHost(name, Type.A).ifPresent(found::add);
            hosts.getAddressForHost(name, Type.AAAA).ifPresent(found::add);
        } catch (IOException e) {
            // without the file there are the name servers
            return List.of();
        }
        return found;
    }

    private Answer ask(String host, Name name) throws UnknownHostException {
        LookupSession lookups = session().lookups();
        CompletableFuture<LookupResult> four = lookups.lookupAsync(name, Type.A).toCompletableFuture();
        CompletableFuture<LookupResult> six = lookups.lookupAsync(name, Type.AAAA).toCompletableFuture();
        var found = new ArrayList<InetAddress>();
        long seconds = Long.MAX_VALUE;
        Throwable failure = null;
        for (CompletableFuture<LookupResult> one : List.of(four, six)) {
            try {
                for (Record entry : one.get().getRecords()) {
                    add(host, entry, found);
                    seconds = Math.min(seconds, entry.getTTL());
                }
            } catch (ExecutionException e) {
                if (!(e.getCause() instanceof NoSuchDomainException || e.getCause() instanceof NoSuchRRSetException)) {
                    failure = e.getCause();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw unanswered(host, e);
            }
        }
        if (found.isEmpty()) {
            throw failure == null ? new NoSuchNameException(host) : unanswered(host, failure);
        }
        return new Answer(found, Duration.ofSeconds(seconds));
    }

    private static void add(String host, Record entry, List<InetAddress> found) throws UnknownHostException {
        switch (entry) {
            case ARecord four -> found.add(InetAddress.getByAddress(host, four.getAddress().getAddress()));
            case AAAARecord six -> found.add(InetAddress.getByAddress(host, six.getAddress().getAddress()));
            default -> {
                // a part of the way to the address
            }
        }
    }

    private static UnknownHostException unanswered(String host, Throwable cause) {
        var failure = new UnknownHostException("no name server has answered for '" + host + "': " + cause.getMessage());
        failure.initCause(cause);
        return failure;
    }

    private Session session() {
        Session now = session;
        if (now == null || now.config() != ResolverConfig.getCurrentConfig()) {
            now = open(changed());
        } else if (System.nanoTime() - now.looked() > LOOK_NANOS) {
            FileTime changed = changed();
            if (changed.equals(now.changed())) {
                now = new Session(now.lookups(), now.config(), changed, System.nanoTime());
            } else {
                ResolverConfig.refresh();
                now = open(changed);
            }
        }
        session = now;
        return now;
    }

    private static Session open(FileTime changed) {
        ResolverConfig config = ResolverConfig.getCurrentConfig();
        var lookups = LookupSession.builder().resolver(new ExtendedResolver()).searchPath(config.searchPath())
                .ndots(config.ndots()).executor(Thread::startVirtualThread).build();
        return new Session(lookups, config, changed, System.nanoTime());
    }

    private static FileTime changed() {
        try {
            return Files.getLastModifiedTime(RESOLV_CONF);
        } catch (IOException e) {
            return FileTime.fromMillis(0);
        }
    }
}
