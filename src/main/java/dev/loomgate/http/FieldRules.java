package dev.loomgate.http;

import io.helidon.http.Header;

/** What the fields of a response may hold. */
public final class FieldRules {
    private FieldRules() {
    }

    /**
     * Refuses a field that would let a text that came from outside end the field and begin another (response splitting).
     *
     * @throws IllegalArgumentException if its name or a value holds a character that is not allowed
     */
    public static void requireSafe(Header header) {
        if (header.headerName().index() < 0) {
            requireToken(header.name());
        }
        if (header.valueCount() == 1) {
            requireSafe(header.name(), header.get());
        } else {
            for (String value : header.allValues()) {
                requireSafe(header.name(), value);
            }
        }
    }

    private static void requireToken(String name) {
        boolean token = !name.isEmpty();
        for (int i = 0; token && i < name.length(); i++) {
            token = name.charAt(i) < 0x80 && Octets.isToken((byte) name.charAt(i));
        }
        if (!token) {
            throw new IllegalArgumentException("the name of a response field holds a character that is not allowed");
        }
    }

    /**
     * Refuses a text that would end a line of a header.
     *
     * @param what what it is, for the message
     * @throws IllegalArgumentException if it holds a control character
     */
    public static void requireSafe(String what, String value) {
        for (int i = 0; i < value.length(); i++) {
            // only the low octet is written
            int octet = value.charAt(i) & 0xff;
            if (octet < ' ' && octet != '\t') {
                throw new IllegalArgumentException("the " + what + " of the response holds a control character (code " + octet
                        + ") at index " + i);
            }
        }
    }
}
