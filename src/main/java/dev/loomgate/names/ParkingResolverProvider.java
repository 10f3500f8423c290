package dev.loomgate.names;

import java.net.spi.InetAddressResolver;
import java.net.spi.InetAddressResolverProvider;

/**
 * Stands behind {@code java.net.InetAddress} (JEP 418): virtual threads are parked while they look a name up, and hold no carrier;
 * for platform threads nothing changes. Made by the JDK.
 */
public final class ParkingResolverProvider extends InetAddressResolverProvider {
    /** For the JDK. */
    public ParkingResolverProvider() {
        // nothing may be looked up yet
    }

    @Override
    public InetAddressResolver get(Configuration configuration) {
        return new ParkingResolver(configuration.builtinResolver(), new NameService());
    }

    @Override
    public String name() {
        return "loomgate";
    }
}
