package dev.loomgate.config;

import java.nio.charset.Charset;
import java.nio.charset.IllegalCharsetNameException;
import java.nio.charset.StandardCharsets;
import java.nio.charset.UnsupportedCharsetException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import dev.loomgate.config.RouteConfig.Isolation;
import dev.loomgate.config.RouteConfig.Kind;

/** Reads what belongs to {@code handler: main}. */
final class MainProgramReader {
    private final RouteRules rules;

    MainProgramReader(RouteRules rules) {
        this.rules = rules;
    }

    Optional<Kind> read(Section section) {
        List<Path> classPath = program(section);
        Optional<String> type = section.text("class");
        List<String> arguments = section.texts("arguments", List.of());
        Map<String, String> properties = section.mapFromHere("properties");
        Isolation isolation = section.choice("isolation", Isolation.class, Isolation.REQUEST);
        Charset charset = section.value("charset", MainProgramReader::charset).orElse(StandardCharsets.UTF_8);
        Map<String, String> environment = HandlerReader.variables(section);
        List<String> passEnvironment = section.list("pass-environment", List.of(), HandlerReader::variableName);
        boolean passAuthorization = section.flag("pass-authorization", false);
        Duration timeout = section.time("timeout", Duration.ofSeconds(60));
        Optional<Duration> runTimeout = section.time("run-timeout", false);
        int bodyMemory = section.size("body-memory", 0, 1 << 30, 64 << 10);
        Optional<Path> documentRoot = HandlerReader.directory(section, "document-root");
        if (classPath.isEmpty()) {
            return Optional.empty();
        }
        try {
            rules.mainProgram(type, classPath);
        } catch (IllegalArgumentException e) {
            section.problem(type.isPresent() ? "class" : section.has("jar") ? "jar" : "class-path",
                    type.map(name -> "found '" + name + "'; ").orElse("") + e.getMessage());
        }
        return Optional.of(new RouteConfig.Main(classPath, type, arguments, properties, isolation, charset, environment,
                passEnvironment, passAuthorization, timeout, runTimeout, bodyMemory, documentRoot));
    }

    private static List<Path> program(Section section) {
        var classPath = new ArrayList<Path>();
        if (section.has("jar")) {
            section.path("jar").ifPresent(jar -> {
                if (Files.isRegularFile(jar)) {
                    classPath.add(jar);
                } else {
                    section.problem("jar", "found '" + jar + "', which " + (Files.exists(jar)
                            ? "is not a file; a directory of classes is a 'class-path'" : "does not exist"));
                }
            });
        } else if (!section.has("class-path")) {
            section.problem("jar", "is missing; it must be there, as in jar: program.jar "
                    + "('class-path' for directories of classes and several jars)");
        }
        classPath.addAll(HandlerReader.classPath(section));
        return classPath;
    }

    private static Charset charset(String text) {
        try {
            return Charset.forName(text);
        } catch (IllegalCharsetNameException | UnsupportedCharsetException e) {
            throw new IllegalArgumentException("the name of a charset that Java knows is allowed, such as utf-8 or iso-8859-1", e);
        }
    }
}
