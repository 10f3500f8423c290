package dev.loomgate.perf.work;

import java.nio.charset.StandardCharsets;

/**
 * What the handler answers.
 *
 * @param contentType the media type of the body
 * @param body the whole body, which nobody changes
 */
public record Answer(String contentType, byte[] body) {
    static Answer text(String text) {
        return new Answer("text/plain", text.getBytes(StandardCharsets.US_ASCII));
    }
}
