package dev.loomgate.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import dev.loomgate.config.RouteConfig.Kind;
import dev.loomgate.config.RouteConfig.ResponderLimits;
import dev.loomgate.config.RouteConfig.ScriptFiles;
import dev.loomgate.config.RouteConfig.Socket;
import dev.loomgate.config.RouteConfig.Symlinks;

/** Reads what belongs to routes whose programs listen on a socket. */
final class ResponderReader {
    private static final String SOCKET_EXAMPLE = "socket: unix:/run/app.sock (or 127.0.0.1:4000)";

    Optional<Kind> scgi(Section section) {
        Optional<ScriptFiles> files = section.has("root") ? root(section) : Optional.empty();
        if (!section.has("root")) {
            for (String key : List.of("extensions", "index", "symlinks")) {
                if (section.has(key)) {
                    section.problem(key, "means nothing without 'root'");
                }
            }
        }
        Optional<Socket> socket = section.required("socket", SOCKET_EXAMPLE).flatMap(text -> socket(section));
        ResponderLimits limits = limits(section);
        return socket.map(known -> new RouteConfig.Scgi(files, known, limits));
    }

    private static Optional<ScriptFiles> root(Section section) {
        List<String> extensions = section.list("extensions", List.of(), HandlerReader::ending);
        Optional<String> index = section.value("index", HandlerReader::fileName);
        Symlinks symlinks = section.choice("symlinks", Symlinks.class, Symlinks.REFUSE);
        return HandlerReader.directory(section, "root").map(directory ->
                new ScriptFiles(new RouteConfig.Program.Root(directory), extensions, index, symlinks));
    }

    private static ResponderLimits limits(Section section) {
        Map<String, String> environment = HandlerReader.variables(section);
        boolean passAuthorization = section.flag("pass-authorization", false);
        Duration timeout = section.time("timeout", Duration.ofSeconds(60));
        Optional<Duration> runTimeout = section.time("run-timeout", false);
        int maxConnections = section.integer("max-connections", 1, 100_000, 64);
        int maxQueue = section.integer("max-queue", 0, 1_000_000, 1024);
        Duration queueTimeout = section.time("queue-timeout", Duration.ofSeconds(10));
        Duration connectTimeout = section.time("connect-timeout", Duration.ofSeconds(5));
        int bodyMemory = section.size("body-memory", 0, 1 << 30, 64 << 10);
        Optional<Path> documentRoot = HandlerReader.directory(section, "document-root");
        return new ResponderLimits(environment, passAuthorization, timeout, runTimeout, maxConnections, maxQueue, queueTimeout,
                connectTimeout, bodyMemory, documentRoot);
    }

    private static Optional<Socket> socket(Section section) {
        return section.value("socket", text -> {
            if (text.startsWith("unix:")) {
                return new Socket.Unix(section.toPath(text.substring("unix:".length())));
            }
            return text.indexOf('/') >= 0 ? new Socket.Unix(section.toPath(text)) : tcp(text);
        });
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
