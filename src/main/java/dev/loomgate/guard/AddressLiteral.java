package dev.loomgate.guard;

import java.net.InetAddress;
import java.net.UnknownHostException;

/**
 * Numeric IP addresses: {@code 192.0.2.1}, {@code 2001:db8::1}, {@code ::ffff:192.0.2.1}. Stricter than
 * {@link InetAddress#getByName}, which takes {@code 127.1} and octal numbers and asks the name service about the rest: what a
 * client wrote must never do that.
 */
public final class AddressLiteral {
    /** Longest text of an IPv6 address, the last four bytes written in decimal. */
    private static final int LONGEST = 45;

    private AddressLiteral() {
    }

    /**
     * Reads a numeric address, without brackets, port and zone. An IPv4-mapped IPv6 address gives the IPv4 address.
     *
     * @return the address, or null if the text is none
     */
    public static InetAddress parse(String text) {
        if (text.isEmpty() || text.length() > LONGEST) {
            return null;
        }
        boolean v6 = false;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            v6 |= c == ':';
            if (c != ':' && c != '.' && Character.digit(c, 16) < 0 || c >= 0x80) {
                return null;
            }
        }
        try {
            return v6 ? InetAddress.getByName(text) : v4(text);
        } catch (UnknownHostException e) {
            // with a colon and nothing but digits, no name service is asked
            return null;
        }
    }

    private static InetAddress v4(String text) throws UnknownHostException {
        byte[] address = new byte[4];
        int at = 0;
        for (int part = 0; part < 4; part++) {
            int end = part < 3 ? text.indexOf('.', at) : text.length();
            int number = end < 0 ? -1 : decimal(text, at, end);
            if (number < 0) {
                return null;
            }
            address[part] = (byte) number;
            at = end + 1;
        }
        return InetAddress.getByAddress(address);
    }

    /** A number from 0 to 255 without leading zeros, which some read as octal; -1 if there is none. */
    private static int decimal(String text, int from, int to) {
        if (to == from || to - from > 3 || to - from > 1 && text.charAt(from) == '0') {
            return -1;
        }
        int number = 0;
        for (int i = from; i < to; i++) {
            int digit = text.charAt(i) - '0';
            if (digit < 0 || digit > 9) {
                return -1;
            }
            number = number * 10 + digit;
        }
        return number <= 255 ? number : -1;
    }
}
