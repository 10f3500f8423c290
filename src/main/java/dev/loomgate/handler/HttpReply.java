package dev.loomgate.handler;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/**
 * What a server has answered.
 *
 * @param status  200 to 999
 * @param headers values by name, in lower case
 * @param body    the whole body
 */
public record HttpReply(int status, Map<String, List<String>> headers, byte[] body) {
    /** The body as text in UTF-8. */
    public String text() {
        return new String(body, StandardCharsets.UTF_8);
    }
}
