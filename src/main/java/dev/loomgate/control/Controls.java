package dev.loomgate.control;

import jakarta.json.JsonObject;

/** What carries commands out. Safe for use by many threads. */
@FunctionalInterface
public interface Controls {
    /**
     * Carries a command out.
     *
     * @param command its name
     * @param request the whole request, with its arguments
     * @return the answer, with {@code ok}
     * @throws Exception if it failed; the message becomes the answer's {@code error}
     */
    JsonObject answer(String command, JsonObject request) throws Exception;
}
