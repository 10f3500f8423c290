package dev.loomgate.config;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A line for each request.
 *
 * @param file   where to; empty for the standard output
 * @param format how lines look; default combined
 * @param except paths of routes whose requests have none; default none of them
 */
public record AccessLogConfig(Optional<Path> file, Format format, List<String> except) {
    /** Copies the list. */
    public AccessLogConfig {
        except = List.copyOf(except);
    }

    /** How lines look. */
    public enum Format {
        /** As Apache httpd and nginx write it. */
        COMBINED,
        /** The same, and more behind it. */
        EXTENDED,
        /** An object a line. */
        JSON
    }
}
