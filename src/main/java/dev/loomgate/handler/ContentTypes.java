package dev.loomgate.handler;

import java.util.Locale;

/** Parts of a Content-Type field (RFC 9110 section 8.3). */
final class ContentTypes {
    private ContentTypes() {
    }

    /** The media type without parameters, in lower case. */
    static String mediaType(String contentType) {
        int semicolon = contentType.indexOf(';');
        return (semicolon < 0 ? contentType : contentType.substring(0, semicolon)).strip().toLowerCase(Locale.ROOT);
    }

    /** The value of the parameter {@code charset}, or {@code null}. */
    static String charset(String contentType) {
        String[] parts = contentType.split(";");
        for (int i = 1; i < parts.length; i++) {
            int equals = parts[i].indexOf('=');
            if (equals > 0 && parts[i].substring(0, equals).strip().equalsIgnoreCase("charset")) {
                return unquoted(parts[i].substring(equals + 1).strip());
            }
        }
        return null;
    }

    /** A value without the quotes around it, if there are any. */
    static String unquoted(String value) {
        boolean quoted = value.length() >= 2 && value.startsWith("\"") && value.endsWith("\"");
        return quoted ? value.substring(1, value.length() - 1) : value;
    }
}
