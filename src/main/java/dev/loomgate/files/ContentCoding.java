package dev.loomgate.files;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** A content coding (RFC 9110 section 8.4.1) that a precompressed sibling of a file can have. */
public enum ContentCoding {
    /** Brotli (RFC 7932), in siblings named {@code *.br}. */
    BROTLI("br", ".br"),
    /** Zstandard (RFC 8878), in siblings named {@code *.zst}. */
    ZSTANDARD("zstd", ".zst"),
    /** gzip (RFC 1952), in siblings named {@code *.gz}. */
    GZIP("gzip", ".gz");

    private final String token;
    private final String suffix;

    ContentCoding(String token, String suffix) {
        this.token = token;
        this.suffix = suffix;
    }

    /** Name in {@code Accept-Encoding} and {@code Content-Encoding}. */
    public String token() {
        return token;
    }

    /** What the sibling's name has after the file's name, with the dot. */
    public String suffix() {
        return suffix;
    }

    /**
     * Finds a coding by its token, letter case ignored (RFC 9110 section 8.4.1).
     *
     * @throws IllegalArgumentException if there is none; the message lists those that there are
     */
    public static ContentCoding of(String token) {
        return find(token).orElseThrow(() -> new IllegalArgumentException("content coding '" + token + "' is not known; use "
                + Arrays.stream(values()).map(ContentCoding::token).collect(Collectors.joining(", "))));
    }

    /** Finds a coding by its token or, for gzip, by the alias that RFC 9110 section 8.4.1.3 asks to accept. */
    static Optional<ContentCoding> find(String token) {
        return switch (token.toLowerCase(Locale.ROOT)) {
            case "br" -> Optional.of(BROTLI);
            case "zstd" -> Optional.of(ZSTANDARD);
            case "gzip", "x-gzip" -> Optional.of(GZIP);
            default -> Optional.empty();
        };
    }
}
