package dev.loomgate.config;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** Reads {@code log}. */
final class LogReader {
    private static final List<String> LEVELS = List.of("off", "error", "warn", "info", "debug", "trace");
    private static final String OUTPUT = "stdout";

    private LogReader() {
    }

    /**
     * @param routes    the paths of routes
     * @param allRoutes whether these are all: a route with a mistake is not among them
     */
    static LogConfig read(Section section, Set<String> routes, boolean allRoutes) {
        Function<String, String> level = text -> {
            if (!LEVELS.contains(text)) {
                throw new IllegalArgumentException(Spelling.hint(text, LEVELS));
            }
            return text;
        };
        LogConfig fallback = LogConfig.DEFAULT;
        var log = new LogConfig(section.value("level", level).orElse(fallback.level()), section.map("loggers", level),
                section.choice("format", LogConfig.Format.class, fallback.format()), access(section, routes, allRoutes));
        section.finish();
        return log;
    }

    /** A section, or the name of the file alone. */
    private static Optional<AccessLogConfig> access(Section log, Set<String> routes, boolean allRoutes) {
        if (!log.isSection("access")) {
            return log.value("access", text -> new AccessLogConfig(file(log, text), AccessLogConfig.Format.COMBINED, List.of()));
        }
        Section section = log.section("access").orElseThrow();
        section.required("file", "file: access.log");
        var format = section.choice("format", AccessLogConfig.Format.class, AccessLogConfig.Format.COMBINED);
        List<String> except = section.list("except", List.of(), text -> allRoutes ? route(text, routes) : text);
        Optional<AccessLogConfig> access = section.value("file", text -> new AccessLogConfig(file(section, text), format, except));
        section.finish();
        return access;
    }

    private static String route(String text, Set<String> routes) {
        if (!routes.contains(text)) {
            throw new IllegalArgumentException("no route has this path; " + Spelling.hint(text, routes));
        }
        return text;
    }

    /** Empty for the standard output. */
    private static Optional<Path> file(Section section, String text) {
        if (text.equals(OUTPUT)) {
            return Optional.empty();
        }
        if (text.isBlank()) {
            throw new IllegalArgumentException("it can't be blank; 'stdout' is for the standard output");
        }
        Path file = section.toPath(text);
        if (Files.isDirectory(file)) {
            throw new IllegalArgumentException(file + " is a directory; name a file in it");
        }
        if (!Files.isDirectory(file.getParent())) {
            throw new IllegalArgumentException("there is no directory " + file.getParent() + "; create it");
        }
        return Optional.of(file);
    }
}
