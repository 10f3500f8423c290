package dev.loomgate.upstream.http;

/**
 * A header or trailer field.
 *
 * @param name  as it was written
 * @param value without blanks around, ISO-8859-1
 */
public record Field(String name, String value) {
}
