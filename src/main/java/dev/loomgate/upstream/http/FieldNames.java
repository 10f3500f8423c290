package dev.loomgate.upstream.http;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;

import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;

/** Names of fields that servers send: those that are usual, written as usual, are found by their octets, and make no strings. */
final class FieldNames {
    private static final int SLOTS = 256;
    private static final byte[][] OCTETS = new byte[SLOTS][];
    private static final HeaderName[] NAMES = new HeaderName[SLOTS];

    static {
        for (String name : new String[] {"Accept-Ranges", "Age", "Allow", "Cache-Control", "Connection", "Content-Disposition",
            "Content-Encoding", "Content-Language", "Content-Length", "Content-Location", "Content-Range",
            "Content-Security-Policy", "Content-Type", "Date", "ETag", "Expires", "Keep-Alive", "Last-Modified", "Link", "Location",
            "Pragma", "Referrer-Policy", "Retry-After", "Server", "Set-Cookie", "Strict-Transport-Security", "Trailer",
            "Transfer-Encoding", "Upgrade", "Vary", "Via", "WWW-Authenticate", "X-Content-Type-Options", "X-Frame-Options",
            "X-Powered-By", "X-Request-Id"}) {
            enter(name);
            enter(name.toLowerCase(Locale.ROOT));
        }
    }

    private FieldNames() {
    }

    private static void enter(String name) {
        byte[] octets = name.getBytes(StandardCharsets.ISO_8859_1);
        int slot = slot(octets, 0, octets.length);
        while (OCTETS[slot] != null) {
            slot = slot + 1 & SLOTS - 1;
        }
        OCTETS[slot] = octets;
        NAMES[slot] = HeaderNames.create(name.toLowerCase(Locale.ROOT), name);
    }

    /** The name that these octets spell, which are a token. */
    static HeaderName of(byte[] bytes, int start, int end) {
        for (int slot = slot(bytes, start, end); OCTETS[slot] != null; slot = slot + 1 & SLOTS - 1) {
            byte[] known = OCTETS[slot];
            if (known.length == end - start && Arrays.equals(known, 0, known.length, bytes, start, end)) {
                return NAMES[slot];
            }
        }
        String name = new String(bytes, start, end - start, StandardCharsets.ISO_8859_1);
        return HeaderNames.create(name.toLowerCase(Locale.ROOT), name);
    }

    private static int slot(byte[] bytes, int start, int end) {
        int length = end - start;
        return bytes[start] * 31 + bytes[end - 1] * 7 + bytes[start + (length >> 1)] * 131 + length * 17 & SLOTS - 1;
    }
}
