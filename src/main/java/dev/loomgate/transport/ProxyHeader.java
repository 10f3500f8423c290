package dev.loomgate.transport;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolException;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

import dev.loomgate.guard.AddressLiteral;

/**
 * Reads the header of the PROXY protocol, versions 1 and 2, by which a proxy says at the beginning of a connection whom it
 * speaks for (https://www.haproxy.org/download/2.6/doc/proxy-protocol.txt). Takes not a byte more than the header from the
 * socket.
 */
final class ProxyHeader {
    /** Of version 2; no shorter header of version 1 could end within as many bytes. */
    private static final byte[] SIGNATURE = {'\r', '\n', '\r', '\n', 0, '\r', '\n', 'Q', 'U', 'I', 'T', '\n'};
    private static final byte[] V1_START = "PROXY ".getBytes(StandardCharsets.US_ASCII);
    /** Longest line of version 1, with its end. */
    private static final int V1_MOST = 107;
    private static final int V1_FIELDS = 6;
    private static final int V2_FIXED = 16;
    /** Most bytes of addresses and extensions that are read of version 2. */
    private static final int V2_MOST = 4096;
    private static final int LOCAL = 0x20;
    private static final int PROXY = 0x21;

    private final LeanSocket socket;
    private final long deadline;
    private byte[] bytes = new byte[V1_MOST];
    private int length;

    private ProxyHeader(LeanSocket socket, long deadline) {
        this.socket = socket;
        this.deadline = deadline;
    }

    /**
     * Reads a header.
     *
     * @param deadline time of the socket's clock until which it must have come
     * @return the client, or null if the proxy speaks for itself, or for someone whose address it does not tell
     * @throws ProtocolException if there is none, or it is not as it should be
     * @throws IOException       if the connection ended, or the header did not come in time
     */
    static InetSocketAddress read(LeanSocket socket, long deadline) throws IOException {
        return new ProxyHeader(socket, deadline).read();
    }

    private InetSocketAddress read() throws IOException {
        more(SIGNATURE.length);
        if (Arrays.equals(bytes, 0, length, SIGNATURE, 0, length)) {
            return readV2();
        }
        if (Arrays.equals(bytes, 0, V1_START.length, V1_START, 0, V1_START.length)) {
            return readV1();
        }
        throw new ProtocolException("the connection does not begin with a PROXY header");
    }

    private InetSocketAddress readV1() throws IOException {
        while (bytes[length - 1] != '\n') {
            int least = leastOfV1();
            if (length + least > V1_MOST) {
                throw new ProtocolException("the PROXY line is longer than " + V1_MOST + " bytes");
            }
            more(least);
        }
        if (bytes[length - 2] != '\r') {
            throw new ProtocolException("the PROXY line does not end with CR LF");
        }
        String line = new String(bytes, 0, length - 2, StandardCharsets.ISO_8859_1);
        String[] fields = line.split(" ", -1);
        boolean v4 = fields[1].equals("TCP4");
        if (fields[1].equals("UNKNOWN")) {
            return null;
        }
        if (fields.length != V1_FIELDS || !v4 && !fields[1].equals("TCP6")) {
            throw new ProtocolException("the PROXY line is not made as it should be");
        }
        InetAddress client = address(fields[2], v4);
        address(fields[3], v4);
        portNumber(fields[5]);
        return new InetSocketAddress(client, portNumber(fields[4]));
    }

    /** Number of bytes that must follow, whatever they are: so many can be read at once without taking more than the header. */
    private int leastOfV1() {
        if (bytes[length - 1] == '\r') {
            return 1;
        }
        int spaces = 0;
        for (int i = 0; i < length; i++) {
            spaces += bytes[i] == ' ' ? 1 : 0;
        }
        boolean unknown = bytes[V1_START.length] != 'T';
        // each field that is missing has a space and a letter
        return 2 + (unknown ? 0 : 2 * Math.max(0, V1_FIELDS - 1 - spaces));
    }

    private static InetAddress address(String text, boolean v4) throws ProtocolException {
        InetAddress address = text.indexOf(':') < 0 == v4 ? AddressLiteral.parse(text) : null;
        if (address == null) {
            throw new ProtocolException("the PROXY line holds no address where one should be");
        }
        return address;
    }

    private static int portNumber(String text) throws ProtocolException {
        if (text.matches("0|[1-9][0-9]{0,4}") && Integer.parseInt(text) <= 65_535) {
            return Integer.parseInt(text);
        }
        throw new ProtocolException("the PROXY line holds no port where one should be");
    }

    private InetSocketAddress readV2() throws IOException {
        more(V2_FIXED - length);
        int command = bytes[12] & 0xff;
        int family = bytes[13] & 0xff;
        int rest = shortAt(14);
        if (command != LOCAL && command != PROXY) {
            throw new ProtocolException("the PROXY header has the unknown version and command 0x"
                    + Integer.toHexString(command));
        }
        if (rest > V2_MOST) {
            throw new ProtocolException("the PROXY header is longer than " + V2_MOST + " bytes");
        }
        bytes = Arrays.copyOf(bytes, V2_FIXED + rest);
        more(rest);
        if (command == LOCAL) {
            return null;
        }
        return switch (family) {
            case 0x11 -> clientOfV2(4);
            case 0x21 -> clientOfV2(16);
            // unspecified, and Unix sockets
            case 0x00, 0x31 -> null;
            default -> throw new ProtocolException("the PROXY header is of no stream: 0x" + Integer.toHexString(family));
        };
    }

    /** What follows the addresses are extensions, none of which is needed. */
    private InetSocketAddress clientOfV2(int size) throws ProtocolException, UnknownHostException {
        if (length < V2_FIXED + 2 * size + 4) {
            throw new ProtocolException("the PROXY header is too short for its addresses");
        }
        byte[] address = Arrays.copyOfRange(bytes, V2_FIXED, V2_FIXED + size);
        return new InetSocketAddress(InetAddress.getByAddress(address), shortAt(V2_FIXED + 2 * size));
    }

    private int shortAt(int at) {
        return (bytes[at] & 0xff) << 8 | bytes[at + 1] & 0xff;
    }

    private void more(int count) throws IOException {
        int end = length + count;
        while (length < end) {
            int read = socket.read(bytes, length, end - length, deadline);
            if (read < 0) {
                throw new EOFException("the connection ended before or within its PROXY header");
            }
            length += read;
        }
    }
}
