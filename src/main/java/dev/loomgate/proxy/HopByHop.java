package dev.loomgate.proxy;

import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Fields that are for one connection and are not passed on (RFC 9110 section 7.6.1). */
final class HopByHop {
    private static final Set<String> ALWAYS = Set.of("connection", "keep-alive", "proxy-connection", "te", "trailer",
            "transfer-encoding", "upgrade", "proxy-authenticate", "proxy-authorization");

    private static final HopByHop NONE_NAMED = new HopByHop(Set.of());

    private final Set<String> named;

    private HopByHop(Set<String> named) {
        this.named = named;
    }

    /** For a header with these Connection fields, each of which may name more. */
    static HopByHop of(List<String> connection) {
        if (connection.isEmpty() || connection.size() == 1 && connection.getFirst().equals("keep-alive")) {
            return NONE_NAMED;
        }
        var named = new HashSet<String>();
        for (String value : connection) {
            for (String option : value.split(",")) {
                named.add(option.strip().toLowerCase(Locale.ROOT));
            }
        }
        return new HopByHop(named);
    }

    /** Whether the Connection field has this option, in lower case. */
    boolean hasOption(String option) {
        return named.contains(option);
    }

    /** Whether a field is for this connection only. */
    boolean contains(String lowerCaseName) {
        return ALWAYS.contains(lowerCaseName) || !named.isEmpty() && named.contains(lowerCaseName);
    }
}
