package dev.loomgate.route;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/** Paths as they stand in a URI. */
public final class PathEncoding {
    /** What RFC 3986 section 3.3 lets stand for itself in a path, beside letters and digits. */
    private static final String LITERAL = "-._~!$&'()*+,;=:@/";
    private static final HexFormat HEX = HexFormat.of().withUpperCase();

    private PathEncoding() {
    }

    /** Percent-encodes a decoded path in UTF-8; slashes stay. */
    public static String encode(String path) {
        var encoded = new StringBuilder(path.length() + 16);
        for (byte b : path.getBytes(StandardCharsets.UTF_8)) {
            char c = (char) (b & 0xff);
            if (c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || LITERAL.indexOf(c) >= 0) {
                encoded.append(c);
            } else {
                encoded.append('%').append(HEX.toHexDigits(b));
            }
        }
        return encoded.toString();
    }
}
