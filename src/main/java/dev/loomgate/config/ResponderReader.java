package dev.loomgate.config;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

import dev.loomgate.config.RouteConfig.Kind;
import dev.loomgate.config.RouteConfig.Responder;
import dev.loomgate.config.RouteConfig.ResponderLimits;
import dev.loomgate.config.RouteConfig.ScriptFiles;
import dev.loomgate.config.RouteConfig.Socket;
import dev.loomgate.config.RouteConfig.Symlinks;

/** Reads what belongs to routes whose programs listen on a socket. */
final class ResponderReader {
    private static final List<String> FILE_KEYS = List.of("extensions", "index", "symlinks");
    private static final List<String> OF_GROUP = List.of("children", "max-requests", "max-connections", "max-queue", "queue-timeout",
            "connect-timeout", "keep-alive");
    private static final Duration KEEP_ALIVE = Duration.ofSeconds(10);
    private static final String SOCKET_EXAMPLE = "socket: unix:/run/app.sock (or 127.0.0.1:4000)";

    /** Names of groups that routes ask for, to be compared with those that there are. */
    private record Wanted(Section section, String name, String protocol) {
    }

    private final List<Wanted> wanted = new ArrayList<>();

    Optional<Kind> scgi(Section section) {
        Optional<ScriptFiles> files = section.has("root") ? root(section, List.of(), Optional.empty()) : noFiles(section);
        Optional<Responder> responder = section.has("upstream") ? group(section, "SCGI")
                : section.required("socket", SOCKET_EXAMPLE).flatMap(text -> socket(section)).map(Responder.At::new);
        ResponderLimits limits = limits(section, 64, true);
        return responder.map(known -> new RouteConfig.Scgi(files, known, limits));
    }

    Optional<Kind> fastCgi(Section section) {
        Optional<Responder> responder = responder(section);
        Optional<ScriptFiles> files = files(section);
        if (files.isEmpty() && !section.has("root") && !section.has("script")
                && responder.filter(ResponderReader::isPhp).isPresent()) {
            section.problem("root", "is missing; PHP runs files: name their directory, as in root: www, or one as a script");
        }
        return fastCgi(section, responder, files, true).map(program -> program);
    }

    private static Optional<RouteConfig.FastCgi> fastCgi(Section section, Optional<Responder> responder, Optional<ScriptFiles> files,
                                                         boolean answers) {
        Duration keepAlive = section.time("keep-alive", true).orElse(KEEP_ALIVE);
        int children = responder.map(known -> known instanceof Responder.Command command ? command.children() : 64).orElse(64);
        if (responder.isPresent() && responder.get() instanceof Responder.Command && section.has("max-connections")) {
            section.problem("max-connections", "means nothing beside 'command'; there are as many connections as children");
        }
        ResponderLimits limits = limits(section, children, answers);
        return responder.map(known -> new RouteConfig.FastCgi(files, known, keepAlive, limits));
    }

    /** A program that is asked before the handler of a route, if there is one. */
    Optional<RouteConfig.FastCgi> authorizer(Section route) {
        return route.section("authorizer").flatMap(section -> {
            Optional<Responder> responder = responder(section);
            Optional<ScriptFiles> script = section.has("script") ? script(section) : Optional.empty();
            if (!section.has("script") && responder.filter(ResponderReader::isPhp).isPresent()) {
                section.problem("script", "is missing; PHP runs files: name one, as in script: may-i.php");
            }
            Optional<RouteConfig.FastCgi> program = fastCgi(section, responder, script, false);
            section.finish();
            return program;
        });
    }

    private static boolean isPhp(Responder responder) {
        return responder instanceof Responder.Command command
                && Path.of(command.words().getFirst()).getFileName().toString().startsWith("php");
    }

    /** A group of programs, whose limits stand with the group. */
    private Optional<Responder> group(Section section, String protocol) {
        for (String key : List.of("socket", "command")) {
            if (section.has(key)) {
                section.problem(key, "a route's program is either that of a " + key + " or one of an upstream; remove one of the two");
            }
        }
        for (String key : OF_GROUP) {
            if (section.has(key)) {
                section.problem(key, "means nothing beside 'upstream'; it belongs to the group");
            }
        }
        return section.text("upstream").map(name -> {
            wanted.add(new Wanted(section, name, protocol));
            return new Responder.Upstream(name);
        });
    }

    /** Notes the routes that ask for a group that is not there, or is asked after its health in another language. */
    void reportUnknown(List<UpstreamConfig> upstreams) {
        for (Wanted one : wanted) {
            ProxyReader.requireKnown(one.section(), one.name(), upstreams);
            upstreams.stream().filter(group -> group.name().equals(one.name())
                    && group.health().flatMap(UpstreamConfig.Health::path).isPresent()).forEach(group ->
                    one.section().problem("upstream", "found '" + one.name() + "', whose health is asked for by HTTP, which a program "
                            + "that speaks " + one.protocol() + " does not know; remove 'path' from its 'health'"));
        }
    }

    private Optional<Responder> responder(Section section) {
        if (section.has("upstream")) {
            return group(section, "FastCGI");
        }
        if (section.has("socket") == section.has("command")) {
            section.problem("command", "a FastCGI program is either started, as in command: php-cgi, or reached, as in "
                    + "socket: unix:/run/php/php-fpm.sock; " + (section.has("socket") ? "remove one of the two" : "write one"));
            return Optional.empty();
        }
        int children = section.integer("children", 1, 1000, 8);
        int maxRequests = section.integer("max-requests", 1, Integer.MAX_VALUE, 10_000);
        if (section.has("command")) {
            List<String> words = command(section);
            return words.isEmpty() ? Optional.empty() : Optional.of(new Responder.Command(words, children, maxRequests));
        }
        for (String key : List.of("children", "max-requests")) {
            if (section.has(key)) {
                section.problem(key, "means nothing beside 'socket'; it is for 'command'");
            }
        }
        return socket(section).map(Responder.At::new);
    }

    private static List<String> command(Section section) {
        List<String> words = section.texts("command", List.of());
        if (words.size() == 1) {
            words = List.of(words.getFirst().strip().split("\\s+"));
        }
        if (words.isEmpty() || words.getFirst().isEmpty()) {
            section.problem("command", "must be a program with its arguments, such as php-cgi or [php-cgi, -d, memory_limit=64M]");
            return List.of();
        }
        String program = words.getFirst();
        if (program.indexOf('/') < 0) {
            return words;
        }
        return Stream.concat(Stream.of(section.toPath(program).toString()), words.stream().skip(1)).toList();
    }

    private static Optional<ScriptFiles> files(Section section) {
        if (section.has("script")) {
            if (section.has("root")) {
                section.problem("script", "a route has either a root with scripts or one script; remove one of the two");
            }
            for (String key : FILE_KEYS) {
                if (section.has(key)) {
                    section.problem(key, "means nothing beside 'script'; it is for 'root'");
                }
            }
            return script(section);
        }
        return section.has("root") ? root(section, List.of(".php"), Optional.of("index.php")) : noFiles(section);
    }

    private static Optional<ScriptFiles> script(Section section) {
        return section.path("script").filter(path -> isFile(section, path)).map(path -> new ScriptFiles(
                new RouteConfig.Program.Script(path), List.of(), Optional.empty(), Symlinks.REFUSE));
    }

    private static boolean isFile(Section section, Path path) {
        if (!Files.exists(path)) {
            section.problem("script", "found '" + path + "', which does not exist");
        } else if (!Files.isRegularFile(path)) {
            section.problem("script", "found '" + path + "', which is not a file; a directory of scripts is a 'root'");
        }
        return Files.isRegularFile(path);
    }

    private static Optional<ScriptFiles> noFiles(Section section) {
        for (String key : FILE_KEYS) {
            if (section.has(key)) {
                section.problem(key, "means nothing without 'root'");
            }
        }
        return Optional.empty();
    }

    private static Optional<ScriptFiles> root(Section section, List<String> usual, Optional<String> usualIndex) {
        List<String> extensions = section.list("extensions", usual, HandlerReader::ending);
        Optional<String> index = section.value("index", HandlerReader::fileName)
                .or(() -> usualIndex.filter(name -> extensions.stream().anyMatch(name::endsWith)));
        Symlinks symlinks = section.choice("symlinks", Symlinks.class, Symlinks.REFUSE);
        return HandlerReader.directory(section, "root").map(directory ->
                new ScriptFiles(new RouteConfig.Program.Root(directory), extensions, index, symlinks));
    }

    /** @param answers whether the program answers requests, and so gets their bodies; or is asked about them, and so gets passwords */
    private static ResponderLimits limits(Section section, int usualConnections, boolean answers) {
        Map<String, String> environment = HandlerReader.variables(section);
        boolean passAuthorization = section.flag("pass-authorization", !answers);
        Duration timeout = section.time("timeout", Duration.ofSeconds(60));
        Optional<Duration> runTimeout = section.time("run-timeout", false);
        int maxConnections = section.integer("max-connections", 1, 100_000, usualConnections);
        int maxQueue = section.integer("max-queue", 0, 1_000_000, 1024);
        Duration queueTimeout = section.time("queue-timeout", Duration.ofSeconds(10));
        Duration connectTimeout = section.time("connect-timeout", Duration.ofSeconds(5));
        int bodyMemory = answers ? section.size("body-memory", 0, 1 << 30, 64 << 10) : 0;
        Optional<Path> documentRoot = HandlerReader.directory(section, "document-root");
        return new ResponderLimits(environment, passAuthorization, timeout, runTimeout, maxConnections, maxQueue, queueTimeout,
                connectTimeout, bodyMemory, documentRoot);
    }

    private static Optional<Socket> socket(Section section) {
        return section.value("socket", text -> socket(section, text));
    }

    /** A socket as people write it. */
    static Socket socket(Section section, String text) {
        if (text.startsWith("unix:")) {
            return new Socket.Unix(section.toPath(text.substring("unix:".length())));
        }
        return text.indexOf('/') >= 0 ? new Socket.Unix(section.toPath(text)) : tcp(text);
    }

    private static Socket tcp(String text) {
        int colon = text.lastIndexOf(':');
        String host = colon < 0 ? "" : text.substring(0, colon);
        boolean bracketed = host.startsWith("[") && host.endsWith("]");
        String name = bracketed ? host.substring(1, host.length() - 1) : host;
        try {
            int port = Integer.parseInt(text.substring(colon + 1));
            if (!name.isEmpty() && (bracketed || name.indexOf(':') < 0) && port >= 1 && port <= 65_535) {
                return new Socket.Tcp(name, port);
            }
        } catch (NumberFormatException e) {
            throw notASocket(e);
        }
        throw notASocket(null);
    }

    private static IllegalArgumentException notASocket(Throwable cause) {
        return new IllegalArgumentException("the path of a socket (unix:/run/app.sock) or a host with a port (127.0.0.1:4000, "
                + "[::1]:4000) is allowed", cause);
    }
}
