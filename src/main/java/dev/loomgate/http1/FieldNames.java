package dev.loomgate.http1;

import java.nio.charset.StandardCharsets;

import dev.loomgate.http.Octets;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;

/** Field names that clients send: found by their bytes in any letter case, so that a request makes no string for them. */
final class FieldNames {
    private static final int SLOTS = 1024;
    private static final byte[][] BYTES = new byte[SLOTS][];
    private static final HeaderName[] NAMES = new HeaderName[SLOTS];

    static {
        String[] known = {"accept", "accept-charset", "accept-encoding", "accept-language", "authorization", "cache-control",
            "connection", "content-disposition", "content-encoding", "content-language", "content-length", "content-type",
            "cookie", "date", "dnt", "expect", "forwarded", "from", "host", "if-match", "if-modified-since", "if-none-match",
            "if-range", "if-unmodified-since", "keep-alive", "max-forwards", "origin", "pragma", "priority",
            "proxy-authorization", "proxy-connection", "range", "referer", "sec-ch-ua", "sec-ch-ua-mobile",
            "sec-ch-ua-platform", "sec-fetch-dest", "sec-fetch-mode", "sec-fetch-site", "sec-fetch-user", "te", "trailer",
            "traceparent", "transfer-encoding", "upgrade", "upgrade-insecure-requests", "user-agent", "via", "x-forwarded-for",
            "x-forwarded-host", "x-forwarded-port", "x-forwarded-proto", "x-real-ip", "x-request-id", "x-requested-with"};
        for (String name : known) {
            byte[] bytes = name.getBytes(StandardCharsets.ISO_8859_1);
            int slot = slot(bytes, 0, bytes.length);
            while (BYTES[slot] != null) {
                slot = slot + 1 & SLOTS - 1;
            }
            BYTES[slot] = bytes;
            NAMES[slot] = HeaderNames.create(name);
        }
    }

    private FieldNames() {
    }

    /** Name that these bytes spell, or null if it is not one of the known. */
    static HeaderName find(byte[] bytes, int start, int end) {
        for (int slot = slot(bytes, start, end); BYTES[slot] != null; slot = slot + 1 & SLOTS - 1) {
            if (equalsIgnoreCase(bytes, start, end, BYTES[slot])) {
                return NAMES[slot];
            }
        }
        return null;
    }

    /** Whether bytes spell a text of lower-case letters, in any letter case. */
    static boolean equalsIgnoreCase(byte[] bytes, int start, int end, byte[] lowerCase) {
        if (end - start != lowerCase.length) {
            return false;
        }
        for (int i = 0; i < lowerCase.length; i++) {
            if (bytes[start + i] != lowerCase[i] && Octets.lower(bytes[start + i]) != lowerCase[i]) {
                return false;
            }
        }
        return true;
    }

    private static int slot(byte[] bytes, int start, int end) {
        int length = end - start;
        int hash = (bytes[start] | 0x20) * 31 + (bytes[end - 1] | 0x20) * 961 + (bytes[start + (length >> 1)] | 0x20) * 29_791;
        return hash + length * 131 & SLOTS - 1;
    }
}
