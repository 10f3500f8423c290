package dev.loomgate.guard;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Objects;

import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.Headers;

/**
 * The proxies whose word about their clients is taken. Anyone can write anything into a request; but a proxy appends the
 * address that it saw to what came to it, so the list of addresses is read from its end, and for as long as it was a trusted
 * proxy that wrote: the first address that is not a trusted proxy's is the client. Immutable.
 *
 * @param networks addresses of the proxies
 * @param field    where they write, and nobody else can: the other field is passed on by proxies as it came, so it is not read
 */
public record TrustedProxies(AddressList networks, Field field) {
    /** Nobody is trusted. */
    public static final TrustedProxies NONE = new TrustedProxies(AddressList.EMPTY, Field.NONE);
    private static final HeaderName X_FORWARDED_FOR = HeaderNames.X_FORWARDED_FOR;
    private static final HeaderName FORWARDED = HeaderNames.FORWARDED;
    private static final String FOR = "for=";
    private static final String PROTO = "proto=";

    /** Where proxies write whom a request is from. */
    public enum Field {
        /** Nowhere. */
        NONE,
        /** {@code X-Forwarded-For: 192.0.2.1, 10.0.0.7}. */
        X_FORWARDED_FOR,
        /** {@code Forwarded: for=192.0.2.1;proto=https, for="[2001:db8::1]:4711"} (RFC 7239). */
        FORWARDED
    }

    public TrustedProxies {
        Objects.requireNonNull(networks, "networks");
        Objects.requireNonNull(field, "field");
    }

    /** Whether this is the address of a trusted proxy. */
    public boolean trusts(InetAddress address) {
        return networks.contains(address);
    }

    /** Whether a request can be from another client than its connection. */
    public boolean readsFields() {
        return field != Field.NONE && !networks.isEmpty();
    }

    /**
     * The client that a request is from.
     *
     * @param peer    who sent the request
     * @param headers the request's header fields as they came
     * @return the client, its port 0 if nobody told; the peer itself if it is not trusted, or says nothing
     */
    public InetSocketAddress clientOf(InetSocketAddress peer, Headers headers) {
        HeaderName name = field == Field.FORWARDED ? FORWARDED : X_FORWARDED_FOR;
        if (!trusts(peer.getAddress()) || !headers.contains(name)) {
            return peer;
        }
        List<String> lines = headers.get(name).allValues();
        InetSocketAddress client = peer;
        for (int line = lines.size() - 1; line >= 0; line--) {
            String text = lines.get(line);
            for (int end = text.length(); end >= 0;) {
                // a client's half of a quoted string can't swallow what a proxy appended: an address holds no comma
                int comma = text.lastIndexOf(',', end - 1);
                String element = text.substring(comma + 1, end).strip();
                InetSocketAddress node = field == Field.FORWARDED ? forwarded(element) : node(element);
                if (node == null) {
                    return client;
                }
                client = node;
                if (!trusts(client.getAddress())) {
                    return client;
                }
                end = comma;
            }
        }
        return client;
    }

    /**
     * Whether a trusted proxy says that it got the request over TLS, in {@code X-Forwarded-Proto} or, if that is the field that
     * is read, in {@code proto} of {@code Forwarded}. Of several values the last counts: it is the word of the proxy itself.
     *
     * @param peer    who sent the request
     * @param headers the request's header fields as they came
     */
    public boolean saysSecure(InetSocketAddress peer, Headers headers) {
        HeaderName name = field == Field.FORWARDED ? FORWARDED : HeaderNames.X_FORWARDED_PROTO;
        if (!headers.contains(name) || !trusts(peer.getAddress())) {
            return false;
        }
        String last = headers.get(name).allValues().getLast();
        last = last.substring(last.lastIndexOf(',') + 1).strip();
        return (field == Field.FORWARDED ? parameter(last, PROTO) : last) instanceof String proto
                && proto.equalsIgnoreCase("https");
    }

    /** The value of a parameter of an element of {@code Forwarded}, without quotes; null if it is not there. */
    private static String parameter(String element, String name) {
        for (String pair : element.split(";")) {
            String parameter = pair.strip();
            if (parameter.regionMatches(true, 0, name, 0, name.length())) {
                String value = parameter.substring(name.length());
                boolean quoted = value.length() >= 2 && value.startsWith("\"") && value.endsWith("\"");
                return quoted ? value.substring(1, value.length() - 1) : value;
            }
        }
        return null;
    }

    /** The {@code for} of an element of {@code Forwarded}; null if it is missing, or is not an address. */
    private static InetSocketAddress forwarded(String element) {
        String value = parameter(element, FOR);
        return value == null ? null : node(value);
    }

    /** An address with or without a port; null if it is something else, such as {@code unknown}. */
    private static InetSocketAddress node(String text) {
        int from = 0;
        int end = text.length();
        int port = text.indexOf(':');
        if (text.startsWith("[")) {
            from = 1;
            end = text.indexOf(']');
            port = end + 1 < text.length() ? end + 1 : -1;
            if (end < 0 || port >= 0 && text.charAt(port) != ':') {
                return null;
            }
        } else if (port >= 0 && text.indexOf(':', port + 1) < 0) {
            end = port;
        } else {
            // more than one colon: IPv6 without brackets has no port
            port = -1;
        }
        InetAddress address = AddressLiteral.parse(text.substring(from, end));
        return address == null ? null : new InetSocketAddress(address, port < 0 ? 0 : portNumber(text.substring(port + 1)));
    }

    /** 0 for what is not a port, such as the hidden ones that RFC 7239 section 6.2 allows. */
    private static int portNumber(String text) {
        if (text.isEmpty() || text.length() > 5 || !text.chars().allMatch(c -> c >= '0' && c <= '9')) {
            return 0;
        }
        int port = Integer.parseInt(text);
        return port <= 65_535 ? port : 0;
    }
}
