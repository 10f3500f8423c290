package dev.loomgate.route;

import java.util.Locale;

/**
 * Which hosts a route answers for: a name ({@code example.org}), every name below one ({@code *.example.org}, any depth, not
 * {@code example.org} itself) or an IP address ({@code 192.0.2.1}, {@code [2001:db8::1]}). Letter case, the port and a dot at
 * the end of the request's host are ignored.
 */
public final class HostPattern {
    private final String name;
    private final boolean wildcard;

    private HostPattern(String name, boolean wildcard) {
        this.name = name;
        this.wildcard = wildcard;
    }

    /**
     * Reads a host condition.
     *
     * @throws IllegalArgumentException with a message for the person who wrote it
     */
    public static HostPattern parse(String text) {
        boolean wildcard = text.startsWith("*.");
        String name = (wildcard ? text.substring(2) : text).toLowerCase(Locale.ROOT);
        boolean literal = name.startsWith("[") && name.endsWith("]");
        if (name.isEmpty() || name.indexOf('*') >= 0) {
            throw new IllegalArgumentException("a host is a name (example.org), every name below one (*.example.org) or an "
                    + "address");
        }
        if (!literal && name.indexOf(':') >= 0) {
            throw new IllegalArgumentException("a host is written without port, an IPv6 address in brackets ([::1])");
        }
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (c <= ' ' || c == '/' || c > '~') {
                throw new IllegalArgumentException("a host can't hold '" + c + "'; international names are written in their "
                        + "xn-- form");
            }
        }
        return new HostPattern(name, wildcard);
    }

    /** The host of an {@code authority} ({@code Host} field or {@code :authority}) in lower case; empty if there is none. */
    static String hostOf(String authority) {
        if (authority == null) {
            return "";
        }
        int end = authority.startsWith("[") ? authority.indexOf(']') + 1 : authority.indexOf(':');
        if (end <= 0) {
            end = authority.startsWith(":") ? 0 : authority.length();
        }
        if (end > 1 && authority.charAt(end - 1) == '.') {
            end--;
        }
        return authority.substring(0, end).toLowerCase(Locale.ROOT);
    }

    /** The name in lower case, without the leading {@code *.}. */
    String name() {
        return name;
    }

    /** Whether this stands for every name below {@link #name()}. */
    boolean isWildcard() {
        return wildcard;
    }

    /** Whether a host in lower case meets this condition. */
    boolean matches(String host) {
        int dot = host.length() - name.length() - 1;
        return wildcard ? dot > 0 && host.charAt(dot) == '.' && host.endsWith(name) : host.equals(name);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof HostPattern host && wildcard == host.wildcard && name.equals(host.name);
    }

    @Override
    public int hashCode() {
        return name.hashCode() + (wildcard ? 1 : 0);
    }

    @Override
    public String toString() {
        return wildcard ? "*." + name : name;
    }
}
