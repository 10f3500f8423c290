package dev.loomgate.config;

import java.util.List;
import java.util.Map;

/** What stands behind a key of the file, or behind a dash of a list. */
sealed interface Value {
    /** Line, from 1, of the key or of the item. */
    int line();

    /** Whether nothing was written, as after {@code routes:} with nothing below. */
    default boolean isEmpty() {
        return false;
    }

    /**
     * A single value, as it is written.
     *
     * @param line    see {@link #line}
     * @param text    without the quotes
     * @param isEmpty see {@link #isEmpty}
     */
    record Scalar(int line, String text, boolean isEmpty) implements Value {
    }

    /**
     * A list.
     *
     * @param line  see {@link #line}
     * @param items in the order of the file
     */
    record Items(int line, List<Value> items) implements Value {
    }

    /**
     * Keys with values.
     *
     * @param line   see {@link #line}
     * @param values by their keys, in the order of the file
     */
    record Mapping(int line, Map<String, Value> values) implements Value {
    }
}
