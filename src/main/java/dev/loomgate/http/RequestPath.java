package dev.loomgate.http;

import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;

import io.helidon.common.parameters.Parameters;
import io.helidon.common.uri.UriPath;

/**
 * Path of a request target. Helidon's own refuses characters that browsers send and RFC 3986 does not allow ({@code |}, a
 * quotation mark); this one decodes them as they are.
 *
 * <p>{@link #path()} is what routes match: percent-decoded as UTF-8, runs of slashes merged, dot segments resolved. The
 * target's percent signs have been checked by the parser.
 */
public final class RequestPath implements UriPath {
    private final String rawPath;
    private String decoded;
    private UriPath parameterised;

    /** @param rawPath checked already: each percent sign has two digits behind it */
    public RequestPath(String rawPath) {
        this.rawPath = rawPath;
    }

    @Override
    public String rawPath() {
        return rawPath;
    }

    @Override
    public String rawPathNoParams() {
        return rawPath.indexOf(';') < 0 ? rawPath : parameterised().rawPathNoParams();
    }

    @Override
    public Parameters matrixParameters() {
        return parameterised().matrixParameters();
    }

    private UriPath parameterised() {
        if (parameterised == null) {
            parameterised = UriPath.create(rawPath);
        }
        return parameterised;
    }

    @Override
    public String path() {
        if (decoded == null) {
            decoded = isPlain(rawPath) ? rawPath : normalize(decode(rawPathNoParams()));
        }
        return decoded;
    }

    private static boolean isPlain(String path) {
        char last = 0;
        for (int i = 0; i < path.length(); i++) {
            char c = path.charAt(i);
            if (c == '%' || c == ';' || last == '/' && (c == '/' || c == '.')) {
                return false;
            }
            last = c;
        }
        return true;
    }

    private static String decode(String path) {
        if (path.indexOf('%') < 0) {
            return path;
        }
        byte[] bytes = path.getBytes(StandardCharsets.ISO_8859_1);
        int to = 0;
        for (int from = 0; from < bytes.length; from++) {
            if (bytes[from] == '%') {
                bytes[to++] = (byte) (Octets.hexValue(bytes[from + 1]) << 4 | Octets.hexValue(bytes[from + 2]));
                from += 2;
            } else {
                bytes[to++] = bytes[from];
            }
        }
        return new String(bytes, 0, to, StandardCharsets.UTF_8);
    }

    private static String normalize(String path) {
        Deque<String> segments = new ArrayDeque<>();
        boolean directory = false;
        for (String segment : path.split("/", -1)) {
            directory = segment.isEmpty() || segment.equals(".") || segment.equals("..");
            if (segment.equals("..")) {
                segments.pollLast();
            } else if (!directory) {
                segments.addLast(segment);
            }
        }
        String joined = "/" + String.join("/", segments);
        return directory && joined.length() > 1 ? joined + "/" : joined;
    }

    @Override
    public UriPath absolute() {
        return this;
    }

    @Override
    public void validate() {
        path();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof RequestPath that && rawPath.equals(that.rawPath);
    }

    @Override
    public int hashCode() {
        return rawPath.hashCode();
    }

    @Override
    public String toString() {
        return rawPath;
    }
}
