package dev.loomgate.handler;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/**
 * How much of a query and a form is read, and how.
 *
 * @param maxBytes      longest form in a body, in bytes; 0 or more; a longer one is answered with 413
 * @param maxParameters most parameters of query and form together; 0 or more; with one more the answer is 400
 * @param charset       character set of queries, and of forms whose Content-Type names none; old pages may need ISO-8859-1
 */
public record FormSettings(int maxBytes, int maxParameters, Charset charset) {
    /** 2 MiB, 1000 parameters, UTF-8. */
    public static final FormSettings DEFAULTS = new FormSettings(2 << 20, 1000, StandardCharsets.UTF_8);

    /** Checks the ranges. */
    public FormSettings {
        if (maxBytes < 0) {
            throw new IllegalArgumentException("maxBytes is " + maxBytes + ", must be 0 or more");
        }
        if (maxParameters < 0) {
            throw new IllegalArgumentException("maxParameters is " + maxParameters + ", must be 0 or more");
        }
        Objects.requireNonNull(charset, "charset");
    }
}
