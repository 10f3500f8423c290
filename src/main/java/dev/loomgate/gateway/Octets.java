package dev.loomgate.gateway;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Text in which every character stands for one byte (ISO-8859-1). Requests, environments and file names are bytes; kept in
 * this form they reach the script exactly as the client sent them, whatever their encoding.
 */
public final class Octets {
    private Octets() {
    }

    /** The UTF-8 bytes of a text. */
    public static String of(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) >= 0x80) {
                return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
            }
        }
        return text;
    }

    /** The bytes of a file name; it is assumed that the system's file names are UTF-8. */
    public static String of(Path path) {
        return of(path.toString());
    }

    /** The UTF-8 bytes of names and values, in their order. */
    public static Map<String, String> of(Map<String, String> variables) {
        var octets = new LinkedHashMap<String, String>();
        variables.forEach((name, value) -> octets.put(of(name), of(value)));
        return octets;
    }

    /** The bytes themselves. A character above 0xFF, which no octet text has, becomes a question mark. */
    public static byte[] bytes(String octets) {
        return octets.getBytes(StandardCharsets.ISO_8859_1);
    }

    /** Puts the bytes themselves into a buffer that has an array and room for them. */
    @SuppressWarnings("deprecation")
    public static void put(String octets, ByteBuffer buffer) {
        // deprecated for cutting characters down to bytes, which is what octets are kept for
        octets.getBytes(0, octets.length(), buffer.array(), buffer.arrayOffset() + buffer.position());
        buffer.position(buffer.position() + octets.length());
    }

    /**
     * Resolves percent escapes; nothing else, so a plus sign stays one.
     *
     * @return the octets, or empty if an escape is broken
     */
    public static Optional<String> unescape(String escaped) {
        if (escaped.indexOf('%') < 0) {
            return Optional.of(escaped);
        }
        var plain = new StringBuilder(escaped.length());
        for (int i = 0; i < escaped.length(); i++) {
            char c = escaped.charAt(i);
            if (c == '%') {
                int high = i + 2 < escaped.length() ? Character.digit(escaped.charAt(i + 1), 16) : -1;
                int low = i + 2 < escaped.length() ? Character.digit(escaped.charAt(i + 2), 16) : -1;
                if (high < 0 || low < 0) {
                    return Optional.empty();
                }
                c = (char) (high << 4 | low);
                i += 2;
            }
            plain.append(c);
        }
        return Optional.of(plain.toString());
    }

    /** The text that the bytes say in UTF-8, or empty if they are not UTF-8. */
    public static Optional<String> decode(String octets) {
        for (int i = 0; i < octets.length(); i++) {
            if (octets.charAt(i) >= 0x80) {
                try {
                    return Optional.of(StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes(octets))).toString());
                } catch (CharacterCodingException e) {
                    return Optional.empty();
                }
            }
        }
        return Optional.of(octets);
    }
}
