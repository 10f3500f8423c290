package dev.loomgate.gateway.scgi;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;

import dev.loomgate.gateway.Octets;

/** The header of a request: a netstring of names and values, each ended by a NUL, with CONTENT_LENGTH first. */
final class ScgiHeader {
    private ScgiHeader() {
    }

    /** The header of these variables, which are octets without NUL, with room after it for so many bytes of a body. */
    static ByteBuffer encode(Map<String, String> variables, int room) {
        var fields = new StringBuilder(1024);
        add(fields, "CONTENT_LENGTH", variables.getOrDefault("CONTENT_LENGTH", "0"));
        add(fields, "SCGI", "1");
        variables.forEach((name, value) -> {
            if (!name.equals("CONTENT_LENGTH") && !name.equals("SCGI")) {
                add(fields, name, value);
            }
        });
        byte[] bytes = Octets.bytes(fields.toString());
        byte[] length = (bytes.length + ":").getBytes(StandardCharsets.US_ASCII);
        return ByteBuffer.allocate(length.length + bytes.length + 1 + room).put(length).put(bytes).put((byte) ',');
    }

    private static void add(StringBuilder fields, String name, String value) {
        fields.append(name).append('\0').append(value).append('\0');
    }
}
