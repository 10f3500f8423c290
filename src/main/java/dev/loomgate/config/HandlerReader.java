package dev.loomgate.config;

import java.io.File;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Stream;

import dev.loomgate.config.RouteConfig.Kind;
import dev.loomgate.config.RouteConfig.Program;
import dev.loomgate.config.RouteConfig.Symlinks;
import dev.loomgate.config.StaticFilesConfig.CacheRule;
import dev.loomgate.config.StaticFilesConfig.Coding;
import dev.loomgate.config.StaticFilesConfig.DotFiles;

/** Reads what belongs to the handler of a route. */
final class HandlerReader {
    /** Name of a header field (RFC 9110 section 5.6.2), as a regular expression. */
    static final String TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";

    private static final List<String> REDIRECTS = List.of("301", "302", "303", "307", "308");

    private final RouteRules rules;

    HandlerReader(RouteRules rules) {
        this.rules = rules;
    }

    Optional<Kind> staticFiles(Section section) {
        Optional<Path> root = section.required("root", "root: www").flatMap(text -> directory(section, "root"));
        List<String> index = section.list("index", List.of("index.html"), HandlerReader::fileName);
        boolean listing = section.flag("listing", false);
        Symlinks symlinks = section.choice("symlinks", Symlinks.class, Symlinks.REFUSE);
        DotFiles dotFiles = section.choice("dot-files", DotFiles.class, DotFiles.REFUSE);
        List<CacheRule> cacheControl = cacheRules(section);
        List<Coding> precompressed = section.list("precompressed", List.of(Coding.BR, Coding.GZIP),
                text -> Section.constant(Coding.class, text));
        long memoryCache = section.size("memory-cache", 0, Long.MAX_VALUE).orElse(32L << 20);
        int memoryCacheMaxFile = section.size("memory-cache-max-file", 0, 1 << 30, 64 << 10);
        Map<String, String> types = types(section);
        String charset = section.value("charset", HandlerReader::charset).orElse("utf-8");
        return root.map(directory -> new StaticFilesConfig(directory, index, listing, symlinks, dotFiles, cacheControl,
                precompressed, memoryCache, memoryCacheMaxFile, types, charset));
    }

    private static List<CacheRule> cacheRules(Section section) {
        var cacheRules = new ArrayList<CacheRule>();
        for (Section rule : section.sections("cache-control")) {
            Optional<String> pattern = rule.required("pattern", "pattern: \"*.css\"");
            Optional<String> value = rule.required("value", "value: max-age=3600");
            pattern.ifPresent(glob -> rule.value("pattern", HandlerReader::glob));
            value.ifPresent(text -> rule.value("value", HandlerReader::fieldValue));
            rule.finish();
            if (pattern.isPresent() && value.isPresent()) {
                cacheRules.add(new CacheRule(pattern.get(), value.get()));
            }
        }
        return cacheRules;
    }

    private static Map<String, String> types(Section section) {
        var types = new LinkedHashMap<String, String>();
        section.map("types", HandlerReader::mediaType).forEach((extension, type) -> {
            String name = extension.startsWith(".") ? extension.substring(1) : extension;
            if (name.isEmpty() || name.indexOf('.') >= 0 || name.indexOf('/') >= 0) {
                section.problem("types", "found '" + extension + "'; file name extensions such as md are allowed");
            }
            types.put(name, type);
        });
        return types;
    }

    Optional<Kind> cgi(Section section) {
        Optional<Program> program = program(section);
        List<String> extensions = section.list("extensions", List.of(), HandlerReader::ending);
        Optional<String> index = section.value("index", HandlerReader::fileName);
        Map<String, String> environment = variables(section);
        List<String> passEnvironment = section.list("pass-environment", List.of(), HandlerReader::variableName);
        boolean passAuthorization = section.flag("pass-authorization", false);
        boolean queryArguments = section.flag("query-arguments", false);
        Duration timeout = section.time("timeout", Duration.ofSeconds(60));
        Optional<Duration> runTimeout = section.time("run-timeout", false);
        int maxProcesses = section.integer("max-processes", 1, 100_000, 64);
        int maxQueue = section.integer("max-queue", 0, 1_000_000, 1024);
        Duration queueTimeout = section.time("queue-timeout", Duration.ofSeconds(10));
        int bodyMemory = section.size("body-memory", 0, 1 << 30, 64 << 10);
        Symlinks symlinks = section.choice("symlinks", Symlinks.class, Symlinks.REFUSE);
        Optional<Path> documentRoot = directory(section, "document-root");
        Map<String, String> interpreters = interpreters(section);
        OptionalLong memoryLimit = section.size("memory-limit", 1 << 20, Long.MAX_VALUE).map(OptionalLong::of)
                .orElse(OptionalLong.empty());
        RouteConfig.Running running = running(section, maxProcesses);
        return program.map(known -> new RouteConfig.Cgi(known, extensions, index, environment, passEnvironment,
                passAuthorization, queryArguments, timeout, runTimeout, maxProcesses, maxQueue, queueTimeout, bodyMemory, symlinks,
                documentRoot, interpreters, memoryLimit, running));
    }

    private static RouteConfig.Running running(Section section, int maxProcesses) {
        RouteConfig.Mode mode = section.choice("mode", RouteConfig.Mode.class, RouteConfig.Mode.AUTO);
        for (String key : List.of("exec-scripts", "idle-timeout", "requests-per-process", "spare-processes")) {
            if (mode == RouteConfig.Mode.EXEC && section.has(key)) {
                section.problem(key, "means nothing beside 'mode: exec', which has no fork servers");
            }
        }
        int spare = section.integer("spare-processes", 0, 100_000, 0);
        if (spare > maxProcesses) {
            section.problem("spare-processes", "found '" + spare + "'; it can't be more than max-processes, which is "
                    + maxProcesses + (section.has("max-processes") ? "" : " unless it is set"));
        }
        return new RouteConfig.Running(mode, section.list("exec-scripts", List.of(), HandlerReader::glob),
                section.time("idle-timeout", Duration.ofMinutes(10)), section.integer("requests-per-process", 1, 1_000_000, 1),
                spare);
    }

    private static Map<String, String> interpreters(Section section) {
        var interpreters = new LinkedHashMap<String, String>();
        section.map("interpreters", HandlerReader::command).forEach((extension, interpreter) -> {
            try {
                interpreters.put(ending(extension), interpreter);
            } catch (IllegalArgumentException e) {
                section.problem("interpreters", "found '" + extension + "'; " + e.getMessage());
            }
        });
        return interpreters;
    }

    private static String command(String text) {
        if (text.isBlank() || text.indexOf('/') >= 0 && !text.startsWith("/")) {
            throw new IllegalArgumentException("a program is allowed, by name (perl) or with its whole path (/usr/bin/perl)");
        }
        return text;
    }

    private static Optional<Program> program(Section section) {
        if (section.has("script")) {
            if (section.has("root")) {
                section.problem("script", "a route has either a root with scripts or one script; remove one of the two");
            }
            for (String key : List.of("extensions", "index", "interpreters")) {
                if (section.has(key)) {
                    section.problem(key, "means nothing beside 'script'; it is for 'root'");
                }
            }
            return section.path("script").flatMap(path -> executable(section, path)).map(Program.Script::new);
        }
        return section.required("root", "root: cgi-bin (a directory of scripts; 'script' for a single one)")
                .flatMap(text -> directory(section, "root")).map(Program.Root::new);
    }

    private static Optional<Path> executable(Section section, Path path) {
        if (!Files.exists(path)) {
            section.problem("script", "found '" + path + "', which does not exist");
        } else if (!Files.isRegularFile(path)) {
            section.problem("script", "found '" + path + "', which is not a file; a directory of scripts is a 'root'");
        } else if (!Files.isExecutable(path)) {
            section.problem("script", "found '" + path + "', which user " + System.getProperty("user.name")
                    + " may not execute: chmod +x it");
        } else {
            return Optional.of(path);
        }
        return Optional.empty();
    }

    static Map<String, String> variables(Section section) {
        Map<String, String> variables = section.mapFromHere("environment");
        for (String name : variables.keySet()) {
            try {
                variableName(name);
            } catch (IllegalArgumentException e) {
                section.problem("environment", "found '" + name + "'; " + e.getMessage());
            }
        }
        return variables;
    }

    Optional<Kind> java(Section section) {
        Optional<String> type = section.required("class", "class: com.example.PetHandler");
        List<Path> classPath = classPath(section);
        Map<String, String> settings = section.mapFromHere("settings");
        type.ifPresent(name -> section.value("class", text -> {
            rules.javaHandler(text, classPath);
            return text;
        }));
        var webSockets = new RouteConfig.WebSockets(section.size("websocket-max-message", 1, 1 << 30,
                RouteConfig.WebSockets.DEFAULT.maxMessage()),
                section.time("websocket-idle-timeout", RouteConfig.WebSockets.DEFAULT.idleTimeout()),
                section.list("websocket-origins", List.of(), WebReader::origin));
        return type.map(name -> new RouteConfig.Java(name, classPath, settings, webSockets));
    }

    Optional<Kind> rest(Section section) {
        Optional<String> type = section.text("class");
        List<Path> classPath = classPath(section);
        Map<String, String> settings = section.mapFromHere("settings");
        try {
            rules.restService(type, classPath);
        } catch (IllegalArgumentException e) {
            section.problem(type.isPresent() ? "class" : "handler", type.map(name -> "found '" + name + "'; ").orElse("")
                    + e.getMessage());
        }
        return Optional.of(new RouteConfig.Rest(type, classPath, settings));
    }

    static List<Path> classPath(Section section) {
        var classPath = new ArrayList<Path>();
        for (String entry : section.texts("class-path", List.of())) {
            Path path = section.toPath(entry.endsWith("/*") ? entry.substring(0, entry.length() - 2) : entry);
            if (!Files.exists(path)) {
                boolean joined = entry.contains(File.pathSeparator);
                section.problem("class-path", "found '" + entry + "'; " + path + " does not exist"
                        + (joined ? "; write a list, [a.jar, b.jar], not a.jar:b.jar" : ""));
            } else if (entry.endsWith("/*")) {
                requireListed(section, path);
                // as it is: jars may come and go while the server runs
                classPath.add(path.resolve("*"));
            } else {
                classPath.add(path);
            }
        }
        return classPath;
    }

    private static void requireListed(Section section, Path directory) {
        try (Stream<Path> files = Files.list(directory)) {
            if (files.noneMatch(file -> file.toString().endsWith(".jar"))) {
                section.problem("class-path", "there is no jar in " + directory);
            }
        } catch (IOException e) {
            section.problem("class-path", directory + " can't be listed: " + e);
        }
    }

    Optional<Kind> redirect(Section section) {
        Optional<String> to = section.required("to", "to: https://example.org{path}");
        to.ifPresent(text -> section.value("to", HandlerReader::target));
        int status = section.value("status", text -> {
            if (!REDIRECTS.contains(text)) {
                throw new IllegalArgumentException("allowed: " + String.join(", ", REDIRECTS));
            }
            return Integer.valueOf(text);
        }).orElse(302);
        return to.map(target -> new RouteConfig.Redirect(target, status));
    }

    private static String target(String text) {
        String rest = text.replace("{path}", "").replace("{query}", "");
        if (rest.indexOf('{') >= 0 || rest.indexOf('}') >= 0) {
            throw new IllegalArgumentException("{path} and {query} are the only variables");
        }
        return fieldValue(text);
    }

    Kind respond(Section section) {
        int status = section.integer("status", 200, 599, 200);
        String body = section.text("body").orElse("");
        if (!body.isEmpty() && (status == 204 || status == 205 || status == 304)) {
            section.problem("body", "a response with status " + status + " has no body");
        }
        String contentType = section.value("content-type", HandlerReader::mediaType).orElse("text/plain; charset=utf-8");
        Map<String, String> headers = section.map("headers", HandlerReader::fieldValue);
        for (String name : headers.keySet()) {
            if (!name.matches(TOKEN)) {
                section.problem("headers", "found '" + name + "', which is not the name of a header field");
            } else if (name.matches("(?i)content-length|transfer-encoding|connection|content-type")) {
                section.problem("headers", "found '" + name + "', which the server sets itself"
                        + (name.equalsIgnoreCase("content-type") ? "; use the key content-type" : ""));
            }
        }
        return new RouteConfig.Respond(status, body, contentType, headers);
    }

    static Optional<Path> directory(Section section, String key) {
        return section.path(key).filter(path -> {
            if (!Files.exists(path)) {
                section.problem(key, "found '" + section.text(key).orElse("") + "'; " + path + " does not exist");
            } else if (!Files.isDirectory(path)) {
                section.problem(key, "found '" + section.text(key).orElse("") + "'; " + path + " is not a directory");
            }
            return Files.isDirectory(path);
        });
    }

    static String fileName(String text) {
        if (text.isEmpty() || text.indexOf('/') >= 0 || text.equals(".") || text.equals("..")) {
            throw new IllegalArgumentException("the name of a file is allowed, without directory");
        }
        return text;
    }

    static String ending(String text) {
        String name = text.startsWith("*") ? text.substring(1) : text;
        if (name.isEmpty() || name.equals(".") || name.indexOf('/') >= 0) {
            throw new IllegalArgumentException("the ending of a file name is allowed, such as .cgi");
        }
        return name.startsWith(".") ? name : "." + name;
    }

    static String variableName(String text) {
        if (!text.matches("[A-Za-z_][A-Za-z0-9_]*")) {
            throw new IllegalArgumentException("the name of an environment variable is letters, digits and _");
        }
        return text;
    }

    private static String glob(String text) {
        try {
            FileSystems.getDefault().getPathMatcher("glob:" + text);
            return text;
        } catch (PatternSyntaxException e) {
            throw new IllegalArgumentException("not a pattern: " + e.getDescription(), e);
        }
    }

    private static String mediaType(String text) {
        if (!text.matches("[!#$&^_.+0-9A-Za-z-]+/[!#$&^_.+0-9A-Za-z-]+(\\s*;.*)?")) {
            throw new IllegalArgumentException("a media type such as text/html is allowed");
        }
        return fieldValue(text);
    }

    static String fieldValue(String text) {
        if (text.isBlank() || !text.equals(text.strip()) || text.chars().anyMatch(c -> c < ' ' || c >= 0x7f)) {
            throw new IllegalArgumentException("it goes into a header: printable ASCII on one line is allowed");
        }
        return text;
    }

    private static String charset(String text) {
        if (!text.matches("[!#$%&'*+.^_`|~0-9A-Za-z-]*")) {
            throw new IllegalArgumentException("the name of a charset such as utf-8 is allowed, or \"\" for none");
        }
        return text;
    }
}
