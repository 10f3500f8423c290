package dev.loomgate.http1;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

import dev.loomgate.http.TrailerFields;
import io.helidon.http.Headers;

/** The fields behind a body in chunks (RFC 9112 section 7.1.2), whose octets have been checked. For one thread at a time. */
final class Trailer {
    private static final int FEW = 64;
    private final TrailerFields fields = new TrailerFields();
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
        // blanks around a value are no part of it (RFC 9112 section 5)
        fields.add(name, new String(line, colon + 1, length - colon - 1, StandardCharsets.ISO_8859_1).strip());
        length = 0;
        colon = -1;
    }

    Headers fields() {
        return fields.fields();
    }
}
