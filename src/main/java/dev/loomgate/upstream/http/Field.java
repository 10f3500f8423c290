package dev.loomgate.upstream.http;

import io.helidon.http.HeaderName;

/**
 * A header or trailer field.
 *
 * @param header its name
 * @param value  without blanks around, ISO-8859-1
 */
public record Field(HeaderName header, String value) {
    /** Its name, as it was written unless it is one that everybody knows. */
    public String name() {
        return header.defaultCase();
    }
}
