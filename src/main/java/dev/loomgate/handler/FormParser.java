package dev.loomgate.handler;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads {@code application/x-www-form-urlencoded} (WHATWG URL Standard section 5.1), as browsers write it in queries and in
 * bodies: lenient, as CGI.pm and PHP are, so that a hand-written link such as {@code ?discount=100%} works.
 */
final class FormParser {
    private final int maxParameters;
    private final Map<String, List<String>> parameters = new LinkedHashMap<>();
    private int count;

    FormParser(int maxParameters) {
        this.maxParameters = maxParameters;
    }

    /** Adds the parameters of an encoded text; what isn't ASCII in it stands for its bytes in ISO-8859-1. */
    void add(byte[] encoded, Charset charset) {
        int start = 0;
        while (start < encoded.length) {
            int end = indexOf(encoded, '&', start, encoded.length);
            if (end > start) {
                int equals = indexOf(encoded, '=', start, end);
                String name = decode(encoded, start, equals, charset);
                String value = equals < end ? decode(encoded, equals + 1, end, charset) : "";
                add(name, value);
            }
            start = end + 1;
        }
    }

    /** Adds the parameters of a query as it was sent. */
    void addQuery(String query, Charset charset) {
        add(query.getBytes(StandardCharsets.ISO_8859_1), charset);
    }

    /** Adds one that is decoded already. */
    void add(String name, String value) {
        if (++count > maxParameters) {
            // an attacker's thousands of names that hash alike, or a form gone wrong
            throw new Refusal(400, "More than " + maxParameters + " parameters");
        }
        parameters.computeIfAbsent(name, absent -> new ArrayList<>(1)).add(value);
    }

    /** What was added, unmodifiable. */
    Map<String, List<String>> parameters() {
        parameters.replaceAll((name, values) -> List.copyOf(values));
        return Collections.unmodifiableMap(parameters);
    }

    private static String decode(byte[] encoded, int start, int end, Charset charset) {
        byte[] decoded = new byte[end - start];
        int length = 0;
        for (int i = start; i < end; i++) {
            int b = encoded[i];
            if (b == '+') {
                b = ' ';
            } else if (b == '%' && i + 2 < end) {
                int high = Character.digit(encoded[i + 1], 16);
                int low = Character.digit(encoded[i + 2], 16);
                if (high >= 0 && low >= 0) {
                    b = high << 4 | low;
                    i += 2;
                }
            }
            decoded[length++] = (byte) b;
        }
        return new String(decoded, 0, length, charset);
    }

    private static int indexOf(byte[] bytes, char wanted, int start, int end) {
        for (int i = start; i < end; i++) {
            if (bytes[i] == wanted) {
                return i;
            }
        }
        return end;
    }
}
