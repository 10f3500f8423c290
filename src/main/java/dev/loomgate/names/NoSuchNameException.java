package dev.loomgate.names;

import java.net.UnknownHostException;

/** The name servers have answered that there is no such name, or that it has no address. */
public final class NoSuchNameException extends UnknownHostException {
    private static final long serialVersionUID = 1;

    NoSuchNameException(String host) {
        super("there is no machine of the name '" + host + "'");
    }
}
