package dev.loomgate.server;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

import dev.loomgate.config.Configuration;
import dev.loomgate.config.ConfigurationException;
import dev.loomgate.config.ConfigurationReader;
import dev.loomgate.config.RouteConfig;
import dev.loomgate.config.RouteRules;
import dev.loomgate.config.StaticFilesConfig;
import dev.loomgate.handover.InheritedSockets;
import dev.loomgate.route.HostPattern;
import dev.loomgate.route.PathPattern;
import dev.loomgate.tls.ServerTls;

/** A server that is not running yet: its configuration is read and checked, and can be looked at or started. */
public final class Plan implements AutoCloseable {
    private final Configuration configuration;
    private final Applications applications;

    private Plan(Configuration configuration, Applications applications) {
        this.configuration = configuration;
        this.applications = applications;
    }

    /**
     * Reads and checks a configuration file. Nothing is started: no code of a Java handler runs, no port is bound.
     *
     * @throws ConfigurationException with every mistake of the file
     */
    public static Plan read(Path file) throws ConfigurationException {
        var applications = new Applications();
        try {
            return new Plan(new ConfigurationReader(() -> rules(applications)).read(file), applications);
        } catch (ConfigurationException e) {
            Preparation.awaitLogging();
            applications.close();
            throw e;
        }
    }

    private static RouteRules rules(Applications applications) {
        Preparation.awaitLogging(); // from here on there may be something to log
        return new ServerRules(applications);
    }

    /** A plan for a configuration that is known to be valid. */
    public static Plan of(Configuration configuration) {
        return new Plan(configuration, new Applications());
    }

    /** The configuration. */
    public Configuration configuration() {
        return configuration;
    }

    /** What this machine lacks for parts of it, such as the interpreters of scripts. Reads the first lines of all scripts. */
    public List<Missing> missing() {
        return Prerequisites.missing(configuration);
    }

    /** Certificates of the listeners. They are read anew, and so may have changed since the configuration was checked. */
    public List<ServerTls.Line> certificates() {
        return configuration.listeners().stream().flatMap(listener -> listener.tls().stream())
                .flatMap(tls -> Settings.tls(tls, true).certificates().stream()).distinct().toList();
    }

    /** What is served where, in the order of precedence. */
    public List<RouteLine> routes() {
        record Sorted(boolean anyHost, boolean anyBelow, int hostLength, PathPattern pattern, RouteLine line) {
        }
        var lines = new ArrayList<Sorted>();
        for (RouteConfig route : configuration.routes()) {
            List<String> hosts = route.hosts().isEmpty() ? List.of("") : route.hosts();
            for (String host : hosts) {
                for (String path : route.paths()) {
                    String normal = host.isEmpty() ? "" : HostPattern.parse(host).toString();
                    lines.add(new Sorted(host.isEmpty(), host.startsWith("*"), host.length(), PathPattern.parse(path),
                            new RouteLine(path, normal, route.methods(), route.kind().handler(), describe(route))));
                }
            }
        }
        return lines.stream().sorted(Comparator.comparing(Sorted::anyHost).thenComparing(Sorted::anyBelow)
                        .thenComparing(Sorted::hostLength, Comparator.reverseOrder())
                        .thenComparing(sorted -> sorted.line().host()).thenComparing(Sorted::pattern)
                        .thenComparing(sorted -> sorted.line().methods().isEmpty()))
                .map(Sorted::line).toList();
    }

    private String describe(RouteConfig route) {
        return describe(route.kind()) + route.web().authorizer().map(program -> ", authorizer " + describe(program.responder())
                + program.files().map(files -> " for " + describe(files.program())).orElse("")).orElse("");
    }

    private String describe(RouteConfig.Kind kind) {
        return switch (kind) {
            case StaticFilesConfig files -> show(files.root());
            case RouteConfig.Cgi cgi -> describe(cgi.program());
            case RouteConfig.FastCgi fastCgi -> describe(fastCgi.responder())
                    + fastCgi.files().map(files -> " for " + describe(files.program())).orElse("");
            case RouteConfig.Scgi scgi -> describe(scgi.responder())
                    + scgi.files().map(files -> " for " + describe(files.program())).orElse("");
            case RouteConfig.Proxy proxy -> proxy.upstream().map(name -> "upstream " + name)
                    .orElseGet(() -> describe(proxy.to().orElseThrow().servers().getFirst().socket()))
                    + proxy.prefix().orElse("");
            case RouteConfig.Java java -> java.type();
            case RouteConfig.Main main -> show(main.classPath().getFirst()) + main.type().map(type -> " " + type).orElse("");
            case RouteConfig.Rest rest -> rest.type().orElse("all services of "
                    + String.join(", ", rest.classPath().stream().map(this::show).toList()));
            case RouteConfig.Servlet servlet -> servlet.war().map(this::show).or(servlet::type).orElseGet(() ->
                    "servlets of " + String.join(", ", servlet.classPath().stream().map(this::show).toList()));
            case RouteConfig.Redirect redirect -> redirect.status() + " " + redirect.to();
            case RouteConfig.Respond respond -> String.valueOf(respond.status());
        };
    }

    private String describe(RouteConfig.Responder responder) {
        return switch (responder) {
            case RouteConfig.Responder.At(RouteConfig.Socket socket) -> describe(socket);
            case RouteConfig.Responder.Upstream(String name) -> "upstream " + name;
            case RouteConfig.Responder.Command command -> String.join(" ", command.words());
        };
    }

    private String describe(RouteConfig.Program program) {
        return switch (program) {
            case RouteConfig.Program.Root(Path directory) -> show(directory);
            case RouteConfig.Program.Script(Path file) -> show(file);
        };
    }

    private String describe(RouteConfig.Socket socket) {
        return switch (socket) {
            case RouteConfig.Socket.Unix(Path path) -> show(path);
            case RouteConfig.Socket.Tcp(String host, int port) -> host + ":" + port;
        };
    }

    /** A path as short as it can be said: relative to the working directory if it is below that. */
    private String show(Path path) {
        Path here = Path.of("").toAbsolutePath();
        return path.startsWith(here) && !path.equals(here) ? here.relativize(path).toString() : path.toString();
    }

    /**
     * Starts the server. On failure everything that was started is stopped again.
     *
     * @throws ConfigurationException if a handler can't start with its settings
     * @throws IOException            if an address can't be listened on; the message says which, why and what to do
     */
    public Server start() throws ConfigurationException, IOException {
        return start(InheritedSockets.NONE);
    }

    /**
     * Starts the server on sockets that are bound already, where it has them.
     *
     * @throws ConfigurationException if a handler can't start with its settings
     * @throws IOException            if an address can't be listened on; the message says which, why and what to do
     */
    public Server start(InheritedSockets inherited) throws ConfigurationException, IOException {
        return Server.start(configuration, applications, inherited);
    }

    Applications applications() {
        return applications;
    }

    /** Lets go of the class paths. Not for a plan whose server runs. */
    @Override
    public void close() {
        applications.close();
    }
}
