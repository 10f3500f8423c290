package dev.loomgate.route;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

import io.helidon.common.parameters.Parameters;
import io.helidon.common.uri.UriPath;
import io.helidon.http.HttpException;
import io.helidon.http.RoutedPath;
import io.helidon.http.Status;

/**
 * The path of a request in the one form that routes and handlers see, so that no other spelling of a path gets around a
 * route: percent-decoded once, then repeated slashes merged, then dot segments removed (RFC 3986 section 5.2.4), as nginx does
 * before it looks for a location. {@code %2F} is a slash and {@code %2e%2e} is a parent directory like any other. A semicolon
 * is an ordinary character. Bytes that are not UTF-8 become U+FFFD.
 *
 * <p>{@link #path()} is that form. {@link #rawPath()} is what the client sent, unless that held repeated slashes or dot
 * segments: then it is the canonical path encoded again. A handler that decodes the raw path by rules of its own must not see
 * another path than the one that was looked for among the routes.
 */
final class CanonicalPath implements RoutedPath {
    private static final Parameters NO_PARAMETERS = Parameters.empty("http/path");

    /** Root of a server. */
    static final CanonicalPath ROOT = new CanonicalPath(UriPath.root(), "/", "/");

    private final UriPath received;
    private final String rawPath;
    private final String path;

    private CanonicalPath(UriPath received, String rawPath, String path) {
        this.received = received;
        this.rawPath = rawPath;
        this.path = path;
    }

    /**
     * The canonical form of a path.
     *
     * @throws HttpException with status 400 if a percent sign is not followed by two hexadecimal digits, if a NUL is encoded,
     *                       or if the path climbs above its root
     */
    static CanonicalPath of(UriPath received) {
        if (received instanceof CanonicalPath canonical) {
            return canonical;
        }
        String raw = received.rawPath();
        if (!raw.startsWith("/") || isCanonical(raw)) {
            // one without slash is the asterisk of OPTIONS, or nothing that any route takes
            return new CanonicalPath(received, raw, raw);
        }
        byte[] decoded = decode(raw);
        byte[] path = removeDotSegments(decoded);
        String canonical = new String(path, StandardCharsets.UTF_8);
        return new CanonicalPath(received, path.length == decoded.length ? raw : PathEncoding.encode(canonical), canonical);
    }

    private static boolean isCanonical(String raw) {
        char previous = 0;
        for (int i = 0; i < raw.length(); i++) {
            char c = raw.charAt(i);
            // a dot after a slash may also begin the name of a dot file: the slow way finds out
            if (c == '%' || c >= 0x80 || previous == '/' && (c == '/' || c == '.')) {
                return false;
            }
            previous = c;
        }
        return true;
    }

    private static byte[] decode(String raw) {
        // the wire's bytes come as one character each, unless whoever read them has decoded UTF-8 already
        boolean bytesAsChars = raw.chars().allMatch(c -> c <= 0xff);
        byte[] bytes = raw.getBytes(bytesAsChars ? StandardCharsets.ISO_8859_1 : StandardCharsets.UTF_8);
        int to = 0;
        for (int from = 0; from < bytes.length; from++) {
            byte b = bytes[from];
            if (b == '%') {
                int high = from + 2 < bytes.length ? Character.digit(bytes[from + 1], 16) : -1;
                int low = high < 0 ? -1 : Character.digit(bytes[from + 2], 16);
                if (low < 0) {
                    throw badRequest("a percent sign in the path is not followed by two hexadecimal digits");
                }
                b = (byte) (high << 4 | low);
                from += 2;
            }
            if (b == 0) {
                throw badRequest("the path holds a NUL");
            }
            bytes[to++] = b;
        }
        return Arrays.copyOf(bytes, to);
    }

    private static byte[] removeDotSegments(byte[] decoded) {
        byte[] out = new byte[decoded.length];
        int to = 0;
        int from = 0;
        while (from < decoded.length) {
            int end = from;
            while (end < decoded.length && decoded[end] != '/') {
                end++;
            }
            int length = end - from;
            boolean current = length == 1 && decoded[from] == '.';
            boolean parent = length == 2 && decoded[from] == '.' && decoded[from + 1] == '.';
            if (parent) {
                to = parentOf(out, to);
            } else if (length > 0 && !current) {
                System.arraycopy(decoded, from, out, to, length);
                to += length;
            }
            if (end < decoded.length && (to == 0 || out[to - 1] != '/')) {
                out[to++] = '/';
            }
            from = end + 1;
        }
        return Arrays.copyOf(out, to);
    }

    /** New end of a path that ends in a slash when its last directory is left. */
    private static int parentOf(byte[] path, int end) {
        if (end <= 1) {
            throw badRequest("the path climbs above its root");
        }
        int slash = end - 2;
        while (path[slash] != '/') {
            slash--;
        }
        return slash + 1;
    }

    private static HttpException badRequest(String what) {
        return new HttpException("Bad Request: " + what, Status.BAD_REQUEST_400);
    }

    /** Whether Helidon's own reading of what was received gives the same path, found without asking it. */
    boolean isAsReceived() {
        String raw = received.rawPath();
        // the very same string: nothing had to be decoded or removed
        return path == raw && raw.indexOf('.') < 0 && raw.indexOf(';') < 0;
    }

    @Override
    public String path() {
        return path;
    }

    @Override
    public String rawPath() {
        return rawPath;
    }

    @Override
    public String rawPathNoParams() {
        return rawPath;
    }

    @Override
    public Parameters matrixParameters() {
        return received.matrixParameters();
    }

    @Override
    public Parameters pathParameters() {
        return NO_PARAMETERS;
    }

    @Override
    public CanonicalPath absolute() {
        return this;
    }

    @Override
    public void validate() {
        // a path that is not valid has no canonical form
    }

    @Override
    public String toString() {
        return rawPath;
    }
}
