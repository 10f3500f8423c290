package dev.loomgate.gateway;

import java.util.Locale;

import io.helidon.http.Status;

/**
 * A request path as bytes, decoded once and with its dot segments resolved: the only form in which paths are compared with
 * the root and split. Decoding first and resolving after is what keeps {@code %2e%2e} from being more than {@code ..}.
 */
final class UrlPath {
    private static final String UNESCAPED = "-._~!$&'()*+,;=:@/";

    private UrlPath() {
    }

    /**
     * Decodes a path and resolves its dot segments (RFC 3986 section 5.2.4). Empty segments stay.
     *
     * @param raw path as it stood in the request, without the query
     * @return the path as octets, beginning with a slash
     * @throws GatewayException 400 for a broken escape or a path that climbs above the root, 404 for an encoded slash or NUL:
     *                          scripts could not tell them from the plain ones (the same statuses as Apache httpd's)
     */
    static String decode(String raw) throws GatewayException {
        if (!raw.startsWith("/")) {
            throw new GatewayException(Status.BAD_REQUEST_400, "request path '" + raw + "' does not begin with a slash");
        }
        return withoutDotSegments(unescape(raw));
    }

    /** Encodes octets as a path again; nothing but a slash at the front is left to be read as an authority. */
    static String encode(String octets) {
        var encoded = new StringBuilder(octets.length() + 16).append('/');
        int start = 0;
        while (start < octets.length() && octets.charAt(start) == '/') {
            start++;
        }
        for (int i = start; i < octets.length(); i++) {
            char c = octets.charAt(i);
            if (isAlphanumeric(c) || UNESCAPED.indexOf(c) >= 0) {
                encoded.append(c);
            } else {
                encoded.append('%').append(Character.toUpperCase(Character.forDigit(c >> 4 & 0xF, 16)))
                        .append(Character.toUpperCase(Character.forDigit(c & 0xF, 16)));
            }
        }
        return encoded.toString();
    }

    private static boolean isAlphanumeric(char c) {
        return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9';
    }

    private static String unescape(String raw) throws GatewayException {
        if (raw.toLowerCase(Locale.ROOT).contains("%2f")) {
            throw new GatewayException(Status.NOT_FOUND_404, "encoded slash in request path '" + raw + "'");
        }
        String plain = Octets.unescape(raw).orElseThrow(() -> new GatewayException(Status.BAD_REQUEST_400,
                "broken escape in request path '" + raw + "'"));
        if (plain.indexOf('\0') >= 0) {
            throw new GatewayException(Status.NOT_FOUND_404, "NUL in request path '" + raw + "'");
        }
        return plain;
    }

    private static String withoutDotSegments(String path) throws GatewayException {
        if (!path.contains("/.")) {
            return path;
        }
        var kept = new StringBuilder(path.length());
        int at = 0;
        while (at < path.length()) {
            int next = path.indexOf('/', at + 1);
            int end = next < 0 ? path.length() : next;
            String segment = path.substring(at + 1, end);
            boolean last = next < 0;
            if (segment.equals("..")) {
                if (kept.isEmpty()) {
                    throw new GatewayException(Status.BAD_REQUEST_400, "request path '" + path + "' climbs above the root");
                }
                kept.setLength(kept.lastIndexOf("/"));
            } else if (!segment.equals(".")) {
                kept.append('/').append(segment);
                last = false;
            }
            if (last) {
                kept.append('/');
            }
            at = end;
        }
        return kept.toString();
    }
}
