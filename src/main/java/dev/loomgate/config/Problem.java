package dev.loomgate.config;

import java.nio.file.Path;
import java.util.Comparator;

/**
 * One mistake in a configuration file.
 *
 * @param file    the file
 * @param line    line in the file, from 1; 0 if the whole file is meant
 * @param key     path of the key, such as {@code routes[1].status}; empty if there is none
 * @param message what was found, what is allowed, and what to do
 */
public record Problem(Path file, int line, String key, String message) {
    static final Comparator<Problem> BY_PLACE = Comparator.comparing(Problem::line).thenComparing(Problem::key);

    /** {@code file:line: key: message}, the form that editors jump to. */
    @Override
    public String toString() {
        return file + (line > 0 ? ":" + line : "") + ": " + (key.isEmpty() ? "" : key + ": ") + message;
    }
}
