package dev.loomgate.handler;

/** What may stand in a header field (RFC 9110 sections 5.5 and 5.6.2). A line end let through would forge the next field. */
final class FieldSyntax {
    private static final String TOKEN_PUNCTUATION = "!#$%&'*+-.^_`|~";

    private FieldSyntax() {
    }

    static void requireToken(String what, String text) {
        if (text.isEmpty()) {
            throw new IllegalArgumentException(what + " is empty");
        }
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean alphanumeric = c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z';
            if (!alphanumeric && TOKEN_PUNCTUATION.indexOf(c) < 0) {
                throw new IllegalArgumentException("%s '%s' has the character U+%04X at %d".formatted(what, text, (int) c, i));
            }
        }
    }

    static void requireValue(String name, String value) {
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c < ' ' && c != '\t' || c == 0x7f || c > 0xff) {
                throw new IllegalArgumentException("Value of header field %s has the character U+%04X at %d"
                        .formatted(name, (int) c, i));
            }
        }
    }
}
