package dev.loomgate.server;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

import dev.loomgate.config.RouteConfig;
import dev.loomgate.config.WebConfig;
import dev.loomgate.gateway.Authorizer;
import dev.loomgate.handler.WebSocketSettings;
import dev.loomgate.route.Around;
import dev.loomgate.web.BasicAuthentication;
import dev.loomgate.web.Compression;
import dev.loomgate.web.Cors;
import dev.loomgate.web.ErrorPages;
import dev.loomgate.web.PasswordFile;
import dev.loomgate.web.Policy;
import dev.loomgate.web.ResponseFields;
import dev.loomgate.web.ServerPolicy;

/** What is done around answers, from the configuration. */
final class WebSettings {
    private static final String OPTIONS = "OPTIONS";

    private WebSettings() {
    }

    static ServerPolicy ofServer(WebConfig web) {
        return new ServerPolicy(ResponseFields.of(web.fields(), Map.of()), errorPages(web), web.requestId());
    }

    /**
     * What is done around a route.
     *
     * @param limits     around the rest
     * @param users      who may use it; null for everyone
     * @param authorizer who is asked about each request; null for nobody
     * @param server     what is done around all of them
     */
    static Around ofRoute(RouteConfig route, Around limits, BasicAuthentication users, Authorizer authorizer,
                          WebConfig server) {
        WebConfig web = route.web();
        Optional<WebConfig.Compress> compress = web.compress().or(server::compress).filter(one -> !one.types().isEmpty());
        return Policy.of(limits, ResponseFields.of(web.fields(), server.fields()),
                compress.map(one -> new Compression(new Compression.Settings(one.types(), one.minSize(), one.level(),
                        one.privateToo()))).orElse(null),
                web.cors().map(cors -> cors(cors, route.methods())).orElse(null), users, authorizer,
                errorPages(web.errorPages().isPresent() ? web : server));
    }

    static BasicAuthentication users(WebConfig.BasicAuth users) {
        return new BasicAuthentication(users.realm(), PasswordFile.open(users.file()));
    }

    /** Methods that a route takes: preflights too, if other origins may use it. */
    static List<String> methods(RouteConfig route) {
        if (route.methods().isEmpty() || route.web().cors().isEmpty() || route.methods().contains(OPTIONS)) {
            return route.methods();
        }
        return Stream.concat(route.methods().stream(), Stream.of(OPTIONS)).toList();
    }

    private static Cors cors(WebConfig.Cors cors, List<String> methods) {
        return new Cors(new Cors.Settings(cors.origins(), cors.methods(), cors.headers(), cors.expose(), cors.credentials(),
                cors.maxAge(), methods.contains(OPTIONS) ? List.of() : methods));
    }

    static WebSocketSettings webSockets(RouteConfig.WebSockets limits) {
        return new WebSocketSettings(limits.maxMessage(), limits.idleTimeout(), limits.origins());
    }

    private static ErrorPages errorPages(WebConfig web) {
        return web.errorPages().map(errors -> new ErrorPages(errors.pages(), switch (errors.details()) {
            case NOBODY -> ErrorPages.Details.NOBODY;
            case THIS_MACHINE -> ErrorPages.Details.THIS_MACHINE;
            case EVERYONE -> ErrorPages.Details.EVERYONE;
        })).orElse(null);
    }
}
