package dev.loomgate.config;

import java.util.Map;

/**
 * What is logged.
 *
 * @param level   level of everything that no logger below names: off, error, warn, info, debug or trace; default info
 * @param loggers level by name of logger, a package or a class; default none
 */
public record LogConfig(String level, Map<String, String> loggers) {
    /** {@code info} for all. */
    public static final LogConfig DEFAULT = new LogConfig("info", Map.of());

    /** Copies the map. */
    public LogConfig {
        loggers = Map.copyOf(loggers);
    }
}
