package dev.loomgate.server;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

import dev.loomgate.config.RouteConfig;
import dev.loomgate.gateway.Destination;
import dev.loomgate.gateway.ExchangeLimits;
import dev.loomgate.gateway.GatewaySettings;
import dev.loomgate.gateway.RequestBody;
import dev.loomgate.gateway.ScriptResolver;
import dev.loomgate.gateway.ScriptRules;
import dev.loomgate.gateway.fastcgi.FastCgiAuthorizer;
import dev.loomgate.gateway.fastcgi.FastCgiGateway;
import dev.loomgate.gateway.fastcgi.ResponderCommand;
import dev.loomgate.gateway.scgi.ScgiGateway;
import dev.loomgate.upstream.Endpoint;
import dev.loomgate.upstream.NamedEndpoint;
import dev.loomgate.upstream.Places;
import dev.loomgate.upstream.Pool;
import dev.loomgate.upstream.PoolSettings;

/** Gateways to programs that listen on a socket, from the configuration. */
final class Responders {
    private static final String REMEDY = "let the program work on more requests at once (children, max-connections), allow a "
            + "longer queue, or make it quicker";
    private static final String DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    private static final Duration LIFETIME = Duration.ofHours(1);

    private Responders() {
    }

    /** Whether the route stands for a directory, and not for one program. */
    static boolean isDirectory(Optional<RouteConfig.ScriptFiles> files) {
        return files.filter(known -> known.program() instanceof RouteConfig.Program.Root).isPresent();
    }

    static ScgiGateway scgi(RouteConfig.Scgi scgi, String mount, Upstreams upstreams) {
        ScriptResolver resolver = scgi.files().map(files -> resolver(files, mount))
                .orElseGet(() -> ScriptResolver.ofScript(mount, nameOf(scgi.responder()), List.of()));
        Optional<Path> root = scgi.files().map(files -> resolver.root());
        Destination destination = switch (scgi.responder()) {
            case RouteConfig.Responder.At(RouteConfig.Socket socket) -> new Destination.One(pool(socket, scgi.limits()));
            case RouteConfig.Responder.Upstream(String name) -> new Destination.Several(upstreams.responders(name));
            case RouteConfig.Responder.Command command -> throw new IllegalArgumentException("SCGI programs are not started: "
                    + command);
        };
        return new ScgiGateway(resolver, scgi.files().isPresent(), destination, settings(scgi.limits(), root));
    }

    static FastCgiGateway fastCgi(RouteConfig.FastCgi fastCgi, String mount, Upstreams upstreams) {
        ScriptResolver resolver = fastCgi.files().map(files -> resolver(files, mount))
                .orElseGet(() -> ScriptResolver.ofScript(mount, nameOf(fastCgi.responder()), List.of()));
        Optional<Path> root = fastCgi.files().map(files -> resolver.root());
        GatewaySettings settings = settings(fastCgi.limits(), root);
        boolean files = fastCgi.files().isPresent();
        return switch (fastCgi.responder()) {
            case RouteConfig.Responder.At(RouteConfig.Socket socket) -> FastCgiGateway.to(resolver, files,
                    new Destination.One(pool(endpoint(socket), fastCgi)), fastCgi.keepAlive().isPositive(), settings);
            // whether connections are kept is said by the group, and costs nothing to ask for
            case RouteConfig.Responder.Upstream(String name) -> FastCgiGateway.to(resolver, files,
                    new Destination.Several(upstreams.responders(name)), true, settings);
            case RouteConfig.Responder.Command command -> FastCgiGateway.start(resolver, files,
                    command(command, fastCgi, root.orElse(resolver.root())), endpoint -> pool(endpoint, fastCgi),
                    fastCgi.keepAlive().isPositive(), settings);
        };
    }

    /** Who is asked before a route's handler. */
    static FastCgiAuthorizer authorizer(RouteConfig.FastCgi program, Upstreams upstreams) {
        Optional<Path> script = program.files().map(files -> ((RouteConfig.Program.Script) files.program()).file());
        Path file = script.orElseGet(() -> nameOf(program.responder())).toAbsolutePath().normalize();
        GatewaySettings settings = settings(program.limits(), Optional.empty());
        return switch (program.responder()) {
            case RouteConfig.Responder.At(RouteConfig.Socket socket) -> FastCgiAuthorizer.to(file, script.isPresent(),
                    new Destination.One(pool(endpoint(socket), program)), program.keepAlive().isPositive(), settings);
            case RouteConfig.Responder.Upstream(String name) -> FastCgiAuthorizer.to(file, script.isPresent(),
                    new Destination.Several(upstreams.responders(name)), true, settings);
            case RouteConfig.Responder.Command command -> FastCgiAuthorizer.start(file, script.isPresent(),
                    command(command, program, file.getParent()), endpoint -> pool(endpoint, program),
                    program.keepAlive().isPositive(), settings);
        };
    }

    private static Path nameOf(RouteConfig.Responder responder) {
        return switch (responder) {
            case RouteConfig.Responder.At(RouteConfig.Socket socket) -> nameOf(socket);
            case RouteConfig.Responder.Upstream(String name) -> Path.of("/", name);
            case RouteConfig.Responder.Command command -> program(command);
        };
    }

    static Path program(RouteConfig.Responder.Command command) {
        String name = command.words().getFirst();
        return Programs.find(name).orElseGet(() -> Programs.placeOf(name));
    }

    private static ResponderCommand command(RouteConfig.Responder.Command command, RouteConfig.FastCgi fastCgi, Path directory) {
        var words = new ArrayList<>(command.words());
        words.set(0, program(command).toString());
        var environment = new LinkedHashMap<String, String>();
        environment.put("PATH", System.getenv().getOrDefault("PATH", DEFAULT_PATH));
        environment.putAll(fastCgi.limits().environment());
        return new ResponderCommand(words, command.children(), command.maxRequests(), environment, directory);
    }

    private static Pool pool(Endpoint endpoint, RouteConfig.FastCgi fastCgi) {
        RouteConfig.ResponderLimits limits = fastCgi.limits();
        // of a program that is started here, there are as many children as connections
        boolean fewWorkers = !(fastCgi.responder() instanceof RouteConfig.Responder.Command);
        return new Pool(endpoint, new PoolSettings(places(endpoint, limits), limits.connectTimeout(), PoolSettings.PATIENCE,
                fastCgi.keepAlive(), LIFETIME), fewWorkers);
    }

    /** What messages call an application that is no file. */
    private static Path nameOf(RouteConfig.Socket socket) {
        return switch (socket) {
            case RouteConfig.Socket.Unix(Path path) -> path;
            case RouteConfig.Socket.Tcp(String host, int port) -> Path.of("/", host + ":" + port);
        };
    }

    private static ScriptResolver resolver(RouteConfig.ScriptFiles files, String mount) {
        return switch (files.program()) {
            case RouteConfig.Program.Root(Path directory) -> ScriptResolver.ofDirectory(mount, directory, new ScriptRules(
                    Set.copyOf(files.extensions()), Map.of(), files.index().stream().toList(),
                    Settings.symlinks(files.symlinks()), false));
            case RouteConfig.Program.Script(Path file) -> ScriptResolver.ofScript(mount, file, List.of());
        };
    }

    private static Pool pool(RouteConfig.Socket socket, RouteConfig.ResponderLimits limits) {
        Endpoint endpoint = endpoint(socket);
        return new Pool(endpoint, PoolSettings.unkept(places(endpoint, limits), limits.connectTimeout()));
    }

    private static Places.Limits places(Endpoint endpoint, RouteConfig.ResponderLimits limits) {
        return new Places.Limits(limits.maxConnections(), limits.maxQueue(), limits.queueTimeout(), "a request to " + endpoint,
                REMEDY);
    }

    static Endpoint endpoint(RouteConfig.Socket socket) {
        return switch (socket) {
            case RouteConfig.Socket.Unix(Path path) -> new Endpoint.Unix(path);
            case RouteConfig.Socket.Tcp(String host, int port) -> new NamedEndpoint(host, port);
        };
    }

    private static GatewaySettings settings(RouteConfig.ResponderLimits limits, Optional<Path> root) {
        // the connection knows the longest body of the route, and keeps to it
        return GatewaySettings.defaults().withLimits(new ExchangeLimits(limits.timeout(), limits.runTimeout()))
                .withBody(new RequestBody.Limits(limits.bodyMemory(), 0, Path.of(System.getProperty("java.io.tmpdir"))))
                .withEnvironment(limits.environment())
                .withPassAuthorization(limits.passAuthorization())
                .withDocumentRoot(limits.documentRoot().or(() -> root));
    }
}
