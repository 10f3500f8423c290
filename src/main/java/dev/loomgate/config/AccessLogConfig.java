package dev.loomgate.config;

import java.nio.file.Path;
import java.util.Optional;

/**
 * A line for each request.
 *
 * @param file   where to; empty for the standard output
 * @param format how lines look; default combined
 */
public record AccessLogConfig(Optional<Path> file, Format format) {
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
