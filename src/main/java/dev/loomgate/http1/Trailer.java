package dev.loomgate.http1;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Set;

import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.WritableHeaders;

/** The fields behind a body in chunks (RFC 9112 section 7.1.2), whose octets have been checked. For one thread at a time. */
final class Trailer {
    private static final int FEW = 64;
    /** Fields that a message must have at its beginning (RFC 9110 section 6.5.1); whoever let them in here could be led astray. */
    private static final Set<String> NOT_HERE = Set.of("transfer-encoding", "content-length", "trailer", "host", "connection",
            "keep-alive", "te", "upgrade", "expect", "max-forwards", "content-encoding", "content-type", "content-range", "range",
            "cache-control", "pragma", "authorization", "proxy-authorization", "cookie", "set-cookie", "forwarded", "x-forwarded-for",
            "x-forwarded-host", "x-forwarded-proto");

    private final WritableHeaders<?> fields = WritableHeaders.create();
    private byte[] line = new byte[FEW];
    private int length;
    private int colon = -1;

    /** Takes the next octet of a line, without its end. */
    void add(byte octet) {
        if (length == line.length) {
            line = Arrays.copyOf(line, 2 * length);
        }
        if (octet == ':' && colon < 0) {
            colon = length;
        }
        line[length++] = octet;
    }

    /** The line, which has a colon, is at its end. */
    void endLine() {
        String name = new String(line, 0, colon, StandardCharsets.ISO_8859_1);
        String lowerCase = name.toLowerCase(Locale.ROOT);
        if (!NOT_HERE.contains(lowerCase)) {
            // blanks around a value are no part of it (RFC 9112 section 5)
            String value = new String(line, colon + 1, length - colon - 1, StandardCharsets.ISO_8859_1).strip();
            fields.add(HeaderValues.create(HeaderNames.create(lowerCase, name), value));
        }
        length = 0;
        colon = -1;
    }

    WritableHeaders<?> fields() {
        return fields;
    }
}
