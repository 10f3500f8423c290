package dev.loomgate.tls.ocsp;

import java.net.URL;
import java.net.URLConnection;
import java.net.URLStreamHandler;

/**
 * Answers the JDK's questions for the status of a certificate at addresses that begin with {@code ocsp:}. The JDK finds it by its
 * name, which is the package and {@code Handler}, and makes it. Immutable.
 */
public final class Handler extends URLStreamHandler {
    /** For the JDK. */
    public Handler() {
        // nothing to prepare
    }

    @Override
    protected URLConnection openConnection(URL url) {
        return new KnownStatus(url);
    }
}
