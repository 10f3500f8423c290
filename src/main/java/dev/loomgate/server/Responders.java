package dev.loomgate.server;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

import dev.loomgate.config.RouteConfig;
import dev.loomgate.gateway.ExchangeLimits;
import dev.loomgate.gateway.GatewaySettings;
import dev.loomgate.gateway.RequestBody;
import dev.loomgate.gateway.ScriptResolver;
import dev.loomgate.gateway.ScriptRules;
import dev.loomgate.gateway.scgi.ScgiGateway;
import dev.loomgate.upstream.Endpoint;
import dev.loomgate.upstream.Places;
import dev.loomgate.upstream.Pool;
import dev.loomgate.upstream.PoolSettings;

/** Gateways to programs that listen on a socket, from the configuration. */
final class Responders {
    private static final String REMEDY = "let the program work on more requests at once and raise max-connections, allow a longer "
            + "queue, or make it quicker";

    private Responders() {
    }

    static ScgiGateway scgi(RouteConfig.Scgi scgi, String mount) {
        ScriptResolver resolver = scgi.files().map(files -> resolver(files, mount))
                .orElseGet(() -> ScriptResolver.ofScript(mount, nameOf(scgi.socket()), List.of()));
        Optional<Path> root = scgi.files().map(files -> resolver.root());
        return new ScgiGateway(resolver, scgi.files().isPresent(), pool(scgi.socket(), scgi.limits()),
                settings(scgi.limits(), root));
    }

    /** What messages call an application that is no file. */
    private static Path nameOf(RouteConfig.Socket socket) {
        return switch (socket) {
            case RouteConfig.Socket.Unix(Path path) -> path;
            case RouteConfig.Socket.Tcp tcp -> Path.of("/", tcp.host() + ":" + tcp.port());
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
        var places = new Places.Limits(limits.maxConnections(), limits.maxQueue(), limits.queueTimeout(),
                "a request to " + endpoint, REMEDY);
        return new Pool(endpoint, new PoolSettings(places, limits.connectTimeout(), PoolSettings.PATIENCE));
    }

    private static Endpoint endpoint(RouteConfig.Socket socket) {
        return switch (socket) {
            case RouteConfig.Socket.Unix(Path path) -> new Endpoint.Unix(path);
            case RouteConfig.Socket.Tcp(String host, int port) -> new Endpoint.Tcp(host, port);
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
