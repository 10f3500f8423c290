package dev.loomgate.proxy;

import java.util.concurrent.ThreadLocalRandom;

import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.ServerRequestHeaders;

/**
 * What the proxy of one route calls itself in the Via fields of requests (RFC 9110 section 7.6.3): a pseudonym that no other has, so
 * that a request that comes back is known again. A route that leads to another route of the same server, or to another Loomgate,
 * is none of that. Immutable.
 */
final class Via {
    /** The field. */
    static final HeaderName NAME = HeaderNames.create("via", "Via");

    private final String pseudonym = "loomgate-%012x".formatted(ThreadLocalRandom.current().nextLong(1L << 48));

    /** What follows the version of the protocol by which a request came. */
    String pseudonym() {
        return pseudonym;
    }

    /** Whether a request has been passed on by this one before. */
    boolean isIn(ServerRequestHeaders headers) {
        if (headers.contains(NAME)) {
            for (String value : headers.get(NAME).allValues()) {
                if (value.contains(pseudonym)) {
                    return true;
                }
            }
        }
        return false;
    }
}
