package dev.loomgate.http2;

import java.util.HashMap;
import java.util.Map;

/** The fields that both ends know from the beginning (RFC 7541 appendix A). */
final class StaticTable {
    private static final HeaderField[] FIELDS = fields(
            ":authority", "", ":method", "GET", ":method", "POST", ":path", "/", ":path", "/index.html", ":scheme", "http",
            ":scheme", "https", ":status", "200", ":status", "204", ":status", "206", ":status", "304", ":status", "400",
            ":status", "404", ":status", "500", "accept-charset", "", "accept-encoding", "gzip, deflate", "accept-language", "",
            "accept-ranges", "", "accept", "", "access-control-allow-origin", "", "age", "", "allow", "", "authorization", "",
            "cache-control", "", "content-disposition", "", "content-encoding", "", "content-language", "", "content-length", "",
            "content-location", "", "content-range", "", "content-type", "", "cookie", "", "date", "", "etag", "", "expect", "",
            "expires", "", "from", "", "host", "", "if-match", "", "if-modified-since", "", "if-none-match", "", "if-range", "",
            "if-unmodified-since", "", "last-modified", "", "link", "", "location", "", "max-forwards", "",
            "proxy-authenticate", "", "proxy-authorization", "", "range", "", "referer", "", "refresh", "", "retry-after", "",
            "server", "", "set-cookie", "", "strict-transport-security", "", "transfer-encoding", "", "user-agent", "",
            "vary", "", "via", "", "www-authenticate", "");

    /** Number of fields; the dynamic table begins behind them. */
    static final int SIZE = FIELDS.length;

    private static final Map<String, Integer> NAMES = names();

    private StaticTable() {
    }

    private static HeaderField[] fields(String... texts) {
        var fields = new HeaderField[texts.length / 2];
        for (int i = 0; i < fields.length; i++) {
            fields[i] = new HeaderField(texts[2 * i], texts[2 * i + 1]);
        }
        return fields;
    }

    private static Map<String, Integer> names() {
        var names = new HashMap<String, Integer>();
        for (int i = 0; i < FIELDS.length; i++) {
            names.putIfAbsent(FIELDS[i].name(), i + 1);
        }
        return Map.copyOf(names);
    }

    /** Field at an index from 1 to {@link #SIZE}. */
    static HeaderField at(int index) {
        return FIELDS[index - 1];
    }

    /** Index of the first field of this name; 0 if there is none. */
    static int indexOf(String name) {
        return NAMES.getOrDefault(name, 0);
    }

    /** Index of the field with this status; 0 if there is none. */
    static int indexOfStatus(int code) {
        return switch (code) {
            case 200 -> 8;
            case 204 -> 9;
            case 206 -> 10;
            case 304 -> 11;
            case 400 -> 12;
            case 404 -> 13;
            case 500 -> 14;
            default -> 0;
        };
    }
}
