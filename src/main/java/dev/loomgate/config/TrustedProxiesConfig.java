package dev.loomgate.config;

import java.util.List;

/**
 * Proxies whose word about their clients is taken.
 *
 * @param networks addresses and networks of the proxies; default none
 * @param field    header field in which they write the clients' addresses; default {@code X-Forwarded-For}
 */
public record TrustedProxiesConfig(List<String> networks, Field field) {
    /** Nobody is trusted. */
    public static final TrustedProxiesConfig NONE = new TrustedProxiesConfig(List.of(), Field.X_FORWARDED_FOR);

    /** Copies the list. */
    public TrustedProxiesConfig {
        networks = List.copyOf(networks);
    }

    /** Header field in which proxies write the clients' addresses. */
    public enum Field {
        /** {@code X-Forwarded-For}. */
        X_FORWARDED_FOR,
        /** {@code Forwarded}, RFC 7239. */
        FORWARDED,
        /** None. */
        NONE
    }
}
