package dev.loomgate.names;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.net.spi.InetAddressResolver;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Asks the name servers on behalf of virtual threads. What they do not know, and what a name is called that an address has, is left to
 * the C library, which may know of other sources ({@code /etc/nsswitch.conf}); a few platform threads wait for it.
 */
final class ParkingResolver implements InetAddressResolver {
    private static final int ASIDE = 16;

    private final InetAddressResolver builtin;
    private final NameService names;
    private final ExecutorService aside;

    ParkingResolver(InetAddressResolver builtin, NameService names) {
        this.builtin = builtin;
        this.names = names;
        var threads = new ThreadPoolExecutor(ASIDE, ASIDE, 10, TimeUnit.SECONDS, new LinkedBlockingQueue<>(),
                Thread.ofPlatform().daemon().name("lookup-", 0).factory());
        threads.allowCoreThreadTimeOut(true);
        this.aside = threads;
    }

    @Override
    public Stream<InetAddress> lookupByName(String host, LookupPolicy policy) throws UnknownHostException {
        if (!Thread.currentThread().isVirtual()) {
            return builtin.lookupByName(host, policy);
        }
        try {
            List<InetAddress> wanted = arranged(names.addressesOf(host).addresses(), policy.characteristics());
            if (!wanted.isEmpty()) {
                return wanted.stream();
            }
        } catch (NoSuchNameException e) {
            // not to the name servers; but see above
        }
        return aside(host, () -> builtin.lookupByName(host, policy).toList()).stream();
    }

    private static List<InetAddress> arranged(List<InetAddress> addresses, int characteristics) {
        var four = new ArrayList<InetAddress>();
        var six = new ArrayList<InetAddress>();
        for (InetAddress address : addresses) {
            if (address instanceof Inet4Address) {
                four.add(address);
            } else {
                six.add(address);
            }
        }
        var arranged = new ArrayList<InetAddress>();
        boolean sixFirst = (characteristics & LookupPolicy.IPV6_FIRST) != 0;
        if (sixFirst && (characteristics & LookupPolicy.IPV6) != 0) {
            arranged.addAll(six);
        }
        if ((characteristics & LookupPolicy.IPV4) != 0) {
            arranged.addAll(four);
        }
        if (!sixFirst && (characteristics & LookupPolicy.IPV6) != 0) {
            arranged.addAll(six);
        }
        return arranged;
    }

    @Override
    public String lookupByAddress(byte[] address) throws UnknownHostException {
        return Thread.currentThread().isVirtual() ? aside("an address", () -> builtin.lookupByAddress(address))
                : builtin.lookupByAddress(address);
    }

    private <T> T aside(String what, Callable<T> lookup) throws UnknownHostException {
        try {
            return aside.submit(lookup).get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof UnknownHostException unknown) {
                throw unknown;
            }
            throw failed(what, e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw failed(what, e);
        }
    }

    private static UnknownHostException failed(String what, Throwable cause) {
        var failure = new UnknownHostException(what + " could not be looked up: " + cause);
        failure.initCause(cause);
        return failure;
    }
}
