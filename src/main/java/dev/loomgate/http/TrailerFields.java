package dev.loomgate.http;

import java.util.Locale;
import java.util.Set;

import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Headers;
import io.helidon.http.WritableHeaders;

/** The fields behind a body, of which only those are kept that may stand there. For one thread at a time. */
public final class TrailerFields {
    /** Fields that a message must have at its beginning (RFC 9110 section 6.5.1); whoever let them in here could be led astray. */
    private static final Set<String> NOT_HERE = Set.of("transfer-encoding", "content-length", "trailer", "host", "connection",
            "keep-alive", "te", "upgrade", "expect", "max-forwards", "content-encoding", "content-type", "content-range", "range",
            "cache-control", "pragma", "authorization", "proxy-authorization", "cookie", "set-cookie", "forwarded", "x-forwarded-for",
            "x-forwarded-host", "x-forwarded-proto");

    private final WritableHeaders<?> fields = WritableHeaders.create();

    /** Adds a field, whose octets have been checked, if it may stand behind a body. */
    public void add(String name, String value) {
        String lowerCase = name.toLowerCase(Locale.ROOT);
        if (!NOT_HERE.contains(lowerCase)) {
            fields.add(HeaderValues.create(HeaderNames.create(lowerCase, name), value));
        }
    }

    /** The fields that were added. */
    public Headers fields() {
        return fields;
    }
}
