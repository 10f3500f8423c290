package dev.loomgate.proxy;

import java.time.Duration;
import java.util.Objects;
import java.util.Optional;

/**
 * How a route passes requests on.
 *
 * @param mount     the route's directory, decoded, without slash at its end
 * @param prefix    path that takes its place, percent-encoded; empty if the path stays as it is
 * @param host      what the server gets as Host; empty for its own address, {@link #CLIENT_HOST} for what the client sent
 * @param forwarded what it gets to know about the client
 * @param timeout   how long it may be silent, above zero
 */
public record ProxySettings(String mount, Optional<String> prefix, Optional<String> host, Forwarded forwarded, Duration timeout) {
    /** The client's host is passed on. */
    public static final String CLIENT_HOST = "*";

    /** What servers get to know about clients. */
    public enum Forwarded {
        /** Who this server knows the client to be. */
        REPLACE,
        /** The same, behind what came. */
        APPEND,
        /** Nothing. */
        NONE
    }

    /** Checks every part. */
    public ProxySettings {
        Objects.requireNonNull(mount);
        Objects.requireNonNull(forwarded);
        if (!timeout.isPositive()) {
            throw new IllegalArgumentException("timeout is " + timeout + "; a time above zero is needed");
        }
    }
}
