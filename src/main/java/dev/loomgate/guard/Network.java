package dev.loomgate.guard;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.regex.Pattern;

/**
 * A range of addresses that share their first bits, as {@code 192.0.2.0/24} or {@code 2001:db8::/32} (RFC 4632, RFC 4291
 * section 2.3). IPv4 is kept as IPv6 has it: {@code ::ffff:192.0.2.0/120}, so that both are numbers of 128 bits.
 *
 * @param high   upper half of the first address
 * @param low    lower half of the first address
 * @param prefix number of bits that addresses of this network share, 0 to 128
 */
public record Network(long high, long low, int prefix) {
    private static final int IPV4_PREFIX = 96;
    private static final Pattern NUMBER = Pattern.compile("0|[1-9]\\d{0,2}");
    private static final Pattern IPV6 = Pattern.compile("[0-9a-fA-F:]*:[0-9a-fA-F:.]*");

    /**
     * Reads an address or a network in CIDR notation. No name is looked up.
     *
     * @throws IllegalArgumentException if the text is neither, or an address is meant where there is a network: the message
     *                                  says what is allowed
     */
    public static Network parse(String text) {
        int slash = text.indexOf('/');
        String address = slash < 0 ? text : text.substring(0, slash);
        boolean ipv4 = address.indexOf(':') < 0;
        byte[] bytes = ipv4 ? ipv4(address) : ipv6(address);
        int most = ipv4 ? 32 : 128;
        int length = slash < 0 ? most : length(text.substring(slash + 1), most);
        int prefix = ipv4 ? IPV4_PREFIX + length : length;
        long high = AddressKey.high(bytes);
        long low = AddressKey.low(bytes);
        if ((high & ~highMask(prefix)) != 0 || (low & ~lowMask(prefix)) != 0) {
            throw new IllegalArgumentException("the address has bits set behind the first " + length
                    + ": write the first address of the network, or leave '/" + length + "' out for this address alone");
        }
        return new Network(high, low, prefix);
    }

    private static byte[] ipv4(String address) {
        String[] parts = address.split("\\.", -1);
        if (parts.length != 4) {
            throw notANetwork();
        }
        var bytes = new byte[4];
        for (int i = 0; i < 4; i++) {
            // a leading zero is octal to some programs and decimal to others
            if (!NUMBER.matcher(parts[i]).matches() || Integer.parseInt(parts[i]) > 255) {
                throw notANetwork();
            }
            bytes[i] = (byte) Integer.parseInt(parts[i]);
        }
        return bytes;
    }

    private static byte[] ipv6(String address) {
        if (!IPV6.matcher(address).matches()) {
            throw notANetwork();
        }
        try {
            // with a colon in it, this is never taken for a name
            return InetAddress.getByName(address).getAddress();
        } catch (UnknownHostException e) {
            throw notANetwork();
        }
    }

    private static int length(String digits, int most) {
        if (!NUMBER.matcher(digits).matches() || Integer.parseInt(digits) > most) {
            throw new IllegalArgumentException("after the slash 0 to " + most + " is allowed");
        }
        return Integer.parseInt(digits);
    }

    private static IllegalArgumentException notANetwork() {
        return new IllegalArgumentException("an address or a network such as 192.0.2.7, 192.0.2.0/24 or 2001:db8::/32 is allowed");
    }

    /** Upper half of the last address. */
    long lastHigh() {
        return high | ~highMask(prefix);
    }

    /** Lower half of the last address. */
    long lastLow() {
        return low | ~lowMask(prefix);
    }

    private static long highMask(int prefix) {
        return prefix == 0 ? 0 : prefix >= 64 ? -1 : -1L << 64 - prefix;
    }

    private static long lowMask(int prefix) {
        return prefix <= 64 ? 0 : prefix == 128 ? -1 : -1L << 128 - prefix;
    }
}
