package dev.loomgate.server;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

import dev.loomgate.config.Configuration;
import dev.loomgate.config.RouteConfig;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What programs the routes of a configuration need, and which of them this machine lacks. */
final class Prerequisites {
    private static final Logger LOGGER = LoggerFactory.getLogger(Prerequisites.class);
    /** A hint at start is not worth reading a whole disk for. */
    private static final int MOST_FILES = 500;
    private static final int DEEPEST = 4;
    private static final int LONGEST_LINE = 256;

    /** Who needs a program that is missing, by program. */
    private final Map<String, List<String>> needed = new LinkedHashMap<>();

    private Prerequisites() {
    }

    /** Everything that is missing. */
    static List<Missing> missing(Configuration configuration) {
        var prerequisites = new Prerequisites();
        for (RouteConfig route : configuration.routes()) {
            switch (route.kind()) {
                case RouteConfig.Cgi cgi -> prerequisites.check(route, cgi);
                case RouteConfig.FastCgi fastCgi when fastCgi.responder() instanceof RouteConfig.Responder.Command command ->
                        prerequisites.require(command.words().getFirst(), "route " + String.join(", ", route.paths()));
                default -> {
                    // needs no program of its own
                }
            }
            if (route.web().authorizer().map(RouteConfig.FastCgi::responder).orElse(null)
                    instanceof RouteConfig.Responder.Command command) {
                prerequisites.require(command.words().getFirst(), "the authorizer of route " + String.join(", ", route.paths()));
            }
        }
        return prerequisites.needed.entrySet().stream()
                .map(entry -> new Missing(entry.getKey(), names(entry.getValue()), Programs.remedy(entry.getKey()))).toList();
    }

    private static String names(List<String> names) {
        return names.size() <= 3 ? String.join(", ", names)
                : String.join(", ", names.subList(0, 2)) + " and " + (names.size() - 2) + " more";
    }

    private void check(RouteConfig route, RouteConfig.Cgi cgi) {
        cgi.interpreters().forEach((extension, interpreter) ->
                require(interpreter, "files " + extension + " of route " + String.join(", ", route.paths())));
        switch (cgi.program()) {
            case RouteConfig.Program.Root(Path directory) -> checkScripts(directory, cgi);
            case RouteConfig.Program.Script(Path file) -> interpreterOf(file).ifPresent(name -> require(name, file.toString()));
        }
    }

    private void checkScripts(Path directory, RouteConfig.Cgi cgi) {
        List<String> endings = cgi.extensions();
        try (Stream<Path> files = Files.walk(directory, DEEPEST)) {
            files.limit(MOST_FILES).filter(file -> Files.isRegularFile(file) && Files.isExecutable(file))
                    .filter(file -> endings.isEmpty() || endings.stream().anyMatch(file.toString()::endsWith))
                    .filter(file -> cgi.interpreters().keySet().stream().noneMatch(file.toString()::endsWith))
                    .sorted()
                    .forEach(file -> interpreterOf(file)
                            .ifPresent(name -> require(name, directory.relativize(file).toString())));
        } catch (IOException | java.io.UncheckedIOException e) {
            LOGGER.atWarn().addKeyValue("directory", directory).addKeyValue("reason", e.getMessage())
                    .log("could not look for the programs that scripts need");
        }
    }

    private void require(String program, String user) {
        if (Programs.find(program).isEmpty()) {
            needed.computeIfAbsent(program, name -> new ArrayList<>()).add(user);
        }
    }

    /** The program that the first line of a script names; with {@code /usr/bin/env}, the one that env is to find. */
    static Optional<String> interpreterOf(Path script) {
        byte[] start;
        try (InputStream in = new BufferedInputStream(Files.newInputStream(script), LONGEST_LINE)) {
            start = in.readNBytes(LONGEST_LINE);
        } catch (IOException e) {
            // a script that can't be read may still be executable
            return Optional.empty();
        }
        String text = new String(start, StandardCharsets.ISO_8859_1);
        if (!text.startsWith("#!")) {
            return Optional.empty();
        }
        return Programs.interpreterIn(text.lines().findFirst().orElse("#!").strip());
    }
}
