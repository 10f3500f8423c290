package dev.loomgate.observe;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Supplier;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What can be said about the running server, in named sections: the same document for the status page, for
 * {@code /status.json} and for {@code loomgate status}. Whoever knows something registers a supplier. Safe for use by many
 * threads.
 */
public final class Status {
    private static final Logger LOGGER = LoggerFactory.getLogger(Status.class);

    private final Map<String, Supplier<?>> sections = new ConcurrentSkipListMap<>();

    /**
     * Adds a section, or replaces the one of this name.
     *
     * @param name    key in the document, such as {@code connections}
     * @param content asked each time that somebody looks, so it should take well under a millisecond: a record, a map, a
     *                collection, a text, a number, a truth value, a duration (written in seconds) or an optional of these
     */
    public void section(String name, Supplier<?> content) {
        sections.put(name, content);
    }

    /** Takes a section away, if it is there. */
    public void remove(String name) {
        sections.remove(name);
    }

    /** All sections as they are now, by name. One that fails says so in its place, and does not keep the others back. */
    public Map<String, Object> document() {
        var document = new LinkedHashMap<String, Object>();
        sections.forEach((name, content) -> document.put(name, ask(name, content)));
        return document;
    }

    private static Object ask(String name, Supplier<?> content) {
        try {
            return content.get();
        } catch (RuntimeException | LinkageError e) {
            LOGGER.atDebug().addKeyValue("section", name).setCause(e).log("a section of the status failed");
            return Map.of("error", String.valueOf(e.getMessage()));
        }
    }

    /** The document as JSON, in one line. */
    public String json() {
        return JsonText.of(document());
    }
}
