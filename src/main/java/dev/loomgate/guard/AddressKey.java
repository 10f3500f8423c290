package dev.loomgate.guard;

import java.net.InetAddress;

/** Addresses as numbers. */
public final class AddressKey {
    /** Upper half of no address of a client: ffff:ffff::/32 is multicast. */
    private static final long IPV4 = 0xFFFF_FFFFL << 32;
    private static final long MAPPED = 0xFFFFL << 32;

    private AddressKey() {
    }

    /**
     * What stands for a client when its connections are counted: its IPv4 address, or its network of 64 bits, as a client of
     * IPv6 is given all of such a network.
     */
    public static long of(InetAddress address) {
        byte[] bytes = address.getAddress();
        return bytes.length == 4 ? IPV4 | ipv4(bytes) : high(bytes);
    }

    /** Upper half of an address; 0 for IPv4. */
    static long high(byte[] bytes) {
        return bytes.length == 4 ? 0 : number(bytes, 0);
    }

    /** Lower half of an address; of IPv4 that of {@code ::ffff:192.0.2.1}. */
    static long low(byte[] bytes) {
        return bytes.length == 4 ? MAPPED | ipv4(bytes) : number(bytes, 8);
    }

    private static long ipv4(byte[] bytes) {
        return (bytes[0] & 0xFFL) << 24 | (bytes[1] & 0xFF) << 16 | (bytes[2] & 0xFF) << 8 | bytes[3] & 0xFF;
    }

    private static long number(byte[] bytes, int from) {
        long number = 0;
        for (int i = from; i < from + 8; i++) {
            number = number << 8 | bytes[i] & 0xFF;
        }
        return number;
    }
}
