package dev.loomgate.config;

import java.util.Map;
import java.util.Optional;

/**
 * What is logged.
 *
 * @param level   level of everything that no logger below names: off, error, warn, info, debug or trace; default info
 * @param loggers level by name of logger, a package or a class; default none
 * @param format  how events look on standard error; default text
 * @param access  the log of requests; empty for none
 */
public record LogConfig(String level, Map<String, String> loggers, Format format, Optional<AccessLogConfig> access) {
    /** {@code info} for all, as text. */
    public static final LogConfig DEFAULT = new LogConfig("info", Map.of());

    /** How events look. */
    public enum Format {
        /** A line for people. */
        TEXT,
        /** An object a line, for programs. */
        JSON
    }

    /** Copies the map. */
    public LogConfig {
        loggers = Map.copyOf(loggers);
    }

    /** As text, without a log of requests. */
    public LogConfig(String level, Map<String, String> loggers) {
        this(level, loggers, Format.TEXT, Optional.empty());
    }
}
