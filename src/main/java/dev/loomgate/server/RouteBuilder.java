package dev.loomgate.server;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import java.util.function.Supplier;

import dev.loomgate.config.Configuration;
import dev.loomgate.config.ConfigurationException;
import dev.loomgate.config.Problem;
import dev.loomgate.config.RouteConfig;
import dev.loomgate.config.StaticFilesConfig;
import dev.loomgate.config.WebConfig;
import dev.loomgate.deploy.Deployment;
import dev.loomgate.deploy.Watch;
import dev.loomgate.files.StaticFiles;
import dev.loomgate.gateway.Authorizer;
import dev.loomgate.gateway.ScriptGateway;
import dev.loomgate.gateway.ScriptResolver;
import dev.loomgate.gateway.forkserver.ForkServerGateway;
import dev.loomgate.gateway.mainprogram.MainProgramGateway;
import dev.loomgate.gateway.process.ProcessGateway;
import dev.loomgate.gateway.servlet.ServletGateway;
import dev.loomgate.guard.Guard;
import dev.loomgate.guard.RequestLimits;
import dev.loomgate.handler.ClassPath;
import dev.loomgate.handler.FormSettings;
import dev.loomgate.handler.HostedHandler;
import dev.loomgate.handler.HostedWebSocket;
import dev.loomgate.handler.WebSocketHandler;
import dev.loomgate.route.Around;
import dev.loomgate.route.HostPattern;
import dev.loomgate.route.PathPattern;
import dev.loomgate.route.Route;
import dev.loomgate.web.BasicAuthentication;
import io.helidon.http.Method;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.HttpService;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes routes of their configuration. What it makes is closed in the opposite order. */
final class RouteBuilder implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(RouteBuilder.class);

    /** Time between two looks at the files of applications. */
    private static final Duration LOOK = Duration.ofSeconds(1);

    private final Applications applications;
    private final Guard guard;
    private FormSettings forms = FormSettings.DEFAULTS;
    private Optional<Duration> timeout = Optional.empty();
    private WebConfig web = WebConfig.NONE;
    private final Map<RouteConfig, Around> surroundings = new IdentityHashMap<>();
    private final List<AutoCloseable> parts = new ArrayList<>();
    private final Map<List<Path>, JavaApplication> javaApplications = new HashMap<>();
    // the status is asked for while routes are made
    private final List<Supplier<GatewayLine>> gateways = new CopyOnWriteArrayList<>();
    private final List<ScriptGateway> scripts = new ArrayList<>();
    private final List<Deployment<?>> deployments = new CopyOnWriteArrayList<>();
    private final Watch watch = new Watch(LOOK);
    private final ServletRoutes servlets = new ServletRoutes();
    private final Upstreams upstreams = new Upstreams();

    /** @param guard makes the limits of routes */
    RouteBuilder(Applications applications, Guard guard) {
        this.applications = applications;
        this.guard = guard;
        closeLater(servlets);
        closeLater(upstreams);
    }

    /**
     * Makes all routes.
     *
     * @throws ConfigurationException with a problem for each route that can't start: its handler refuses its settings
     */
    List<Route> build(Configuration configuration) throws ConfigurationException {
        forms = Settings.forms(configuration.guard());
        web = configuration.web();
        timeout = configuration.guard().requests().requestTimeout();
        upstreams.open(configuration.upstreams());
        var routes = new ArrayList<Route>();
        var problems = new ArrayList<Problem>();
        for (RouteConfig config : configuration.routes()) {
            try {
                routes.addAll(build(config));
            } catch (IllegalArgumentException e) {
                LOGGER.atDebug().addKeyValue("route", config.key()).setCause(e).log("route can't start");
                problems.add(new Problem(configuration.file(), config.line(), config.key(), e.getMessage()));
            }
        }
        if (!problems.isEmpty()) {
            throw new ConfigurationException(problems);
        }
        return routes;
    }

    private List<Route> build(RouteConfig config) {
        return switch (config.kind()) {
            case StaticFilesConfig files -> handlers(config, PathPattern::mount, null, mount ->
                    new StaticFiles(mount + "/", Settings.of(files)));
            case RouteConfig.Cgi cgi -> cgi(config, cgi);
            case RouteConfig.FastCgi fastCgi -> handlers(config, Responders.isDirectory(fastCgi.files()) ? PathPattern::mount
                    : PathPattern::scriptName, null, mount -> Responders.fastCgi(fastCgi, mount, upstreams));
            case RouteConfig.Scgi scgi -> handlers(config, Responders.isDirectory(scgi.files()) ? PathPattern::mount
                    : PathPattern::scriptName, null, mount -> Responders.scgi(scgi, mount, upstreams));
            case RouteConfig.Proxy proxy -> handlers(config, PathPattern::mount, null, mount -> upstreams.proxy(proxy, mount));
            case RouteConfig.Java java -> java(config, java);
            case RouteConfig.Main main -> handlers(config, PathPattern::scriptName, null, mount -> program(mount, main));
            case RouteConfig.Rest rest -> services(config, rest.classPath(),
                    applications.services(rest.type(), rest.classPath(), rest.settings()));
            case RouteConfig.Servlet servlet -> handlers(config, PathPattern::mount, null, mount -> servlets(config, mount, servlet));
            case RouteConfig.Redirect redirect -> handlers(config, PathPattern::mount, null, mount ->
                    new Redirect(redirect.to(), mount, redirect.status()));
            case RouteConfig.Respond respond -> handlers(config, PathPattern::mount, null, mount -> new Respond(respond));
        };
    }

    private List<Route> cgi(RouteConfig config, RouteConfig.Cgi cgi) {
        return switch (cgi.program()) {
            case RouteConfig.Program.Root(Path directory) -> handlers(config, PathPattern::mount, null, mount ->
                    scripts(ScriptResolver.ofDirectory(mount, directory, Settings.scripts(cgi)), cgi));
            case RouteConfig.Program.Script(Path file) -> handlers(config, PathPattern::scriptName, null, mount ->
                    scripts(ScriptResolver.ofScript(mount, file, List.of()), cgi));
        };
    }

    private static Handler scripts(ScriptResolver resolver, RouteConfig.Cgi cgi) {
        return cgi.running().mode() == RouteConfig.Mode.EXEC
                ? new ProcessGateway(resolver, Settings.of(cgi))
                : new ForkServerGateway(resolver, Settings.of(cgi), Settings.forkServers(cgi));
    }

    private List<Route> java(RouteConfig config, RouteConfig.Java java) {
        ClassPath classPath = applications.classPath(java.classPath());
        Class<?> kind = applications.kindOf(java.type(), java.classPath());
        if (kind == HttpService.class) {
            return services(config, java.classPath(),
                    List.of(classPath.newInstance(java.type(), HttpService.class, java.settings())));
        }
        boolean shown = config.web().errorPages().or(web::errorPages).filter(pages -> pages.shows(500)).isPresent();
        Function<String, Function<ClassPath, Handler>> maker = mount -> classes -> kind == Handler.class
                ? classes.newInstance(java.type(), Handler.class, java.settings())
                : kind == WebSocketHandler.class ? HostedWebSocket.start(classes.newInstance(java.type(), WebSocketHandler.class,
                        java.settings()), mount, java.settings(), forms, WebSettings.webSockets(java.webSockets()))
                : HostedHandler.start(classes.newInstance(java.type(), dev.loomgate.handler.Handler.class, java.settings()), mount,
                        java.settings(), forms, shown, upstreams.backends());
        if (java.classPath().isEmpty()) {
            return handlers(config, PathPattern::scriptName, null, mount -> maker.apply(mount).apply(classPath));
        }
        // sets the context class loader itself, to that of the version
        return handlers(config, PathPattern::scriptName, null, mount -> application(java.classPath()).add(maker.apply(mount)));
    }

    private JavaApplication application(List<Path> classPath) {
        return javaApplications.computeIfAbsent(classPath, entries -> {
            var application = new JavaApplication(entries);
            closeLater(application);
            replaceWhenChanged(application.deployment());
            return application;
        });
    }

    private MainProgramGateway program(String mount, RouteConfig.Main main) {
        var gateway = new MainProgramGateway(mount, Settings.of(main));
        replaceWhenChanged(gateway.deployment());
        return gateway;
    }

    private ServletGateway servlets(RouteConfig config, String mount, RouteConfig.Servlet servlet) {
        ServletGateway gateway = servlets.start(servlet, mount, forms, config.web().authorizer().isPresent());
        if (gateway.isReloaded()) {
            replaceWhenChanged(gateway.deployment());
        } else {
            deployments.add(gateway.deployment());
        }
        return gateway;
    }

    private void replaceWhenChanged(Deployment<?> deployment) {
        deployments.add(deployment);
        watch.add(deployment);
    }

    /** Begins, in the background, what the first requests would wait for: for when connections are accepted. */
    void prepare() {
        scripts.forEach(ScriptGateway::prepare);
    }

    /** How applications are at this moment. */
    List<Deployment.Status> deployments() {
        return deployments.stream().map(Deployment::status).<Deployment.Status>map(status -> status).toList();
    }

    /** How the servers behind this one do. */
    Upstreams upstreams() {
        return upstreams;
    }

    /** What gateways do at this moment. */
    List<GatewayLine> gateways() {
        return gateways.stream().map(Supplier::get).toList();
    }

    private List<Route> services(RouteConfig config, List<Path> classPath, List<HttpService> services) {
        services.forEach(this::closeLater);
        return List.of(route(config, patterns(config), new Route.Services(services), applications.contextLoader(classPath)));
    }

    /** A route for each place that the paths name, with a handler of its own: a handler knows where it stands. */
    private List<Route> handlers(RouteConfig config, Function<PathPattern, String> place, ClassLoader loader,
                                 Function<String, Handler> maker) {
        Map<String, List<PathPattern>> byMount = new LinkedHashMap<>();
        patterns(config).forEach(path -> byMount.computeIfAbsent(place.apply(path), mount -> new ArrayList<>()).add(path));
        var routes = new ArrayList<Route>();
        byMount.forEach((mount, patterns) -> {
            Handler handler = maker.apply(mount);
            closeLater(handler);
            if (handler instanceof ScriptGateway gateway) {
                scripts.add(gateway);
                String name = patterns.getFirst().toString();
                gateways.add(() -> new GatewayLine(name, config.hosts(), config.kind().handler(), gateway.load(), gateway.workers(),
                        gateway.trouble()));
            }
            routes.add(route(config, patterns, new Route.Single(handler), loader));
        });
        return routes;
    }

    private static List<PathPattern> patterns(RouteConfig config) {
        return config.paths().stream().map(PathPattern::parse).toList();
    }

    private Route route(RouteConfig config, List<PathPattern> paths, Route.Target target, ClassLoader loader) {
        return new Route(config.hosts().stream().map(HostPattern::parse).toList(),
                WebSettings.methods(config).stream().map(Method::create).toList(), paths, target,
                surroundings.computeIfAbsent(config, one -> surroundings(one, loader)));
    }

    /** Once for all places of a route: its limits are those of all together. */
    private Around surroundings(RouteConfig config, ClassLoader loader) {
        RequestLimits limits = RequestSettings.of(config.limits());
        Around limited = Surroundings.of(limits.isNone() ? null
                : guard.requestsOfRoute(RouteIdentity.of(config), limits, RequestSettings::watch),
                config.limits().requestTimeout().or(() -> timeout), config.maxBody(), loader);
        BasicAuthentication users = config.web().users().map(WebSettings::users).orElse(null);
        closeLater(users);
        return WebSettings.ofRoute(config, limited, users, authorizer(config), web);
    }

    private Authorizer authorizer(RouteConfig config) {
        if (config.web().authorizer().isEmpty()) {
            return null;
        }
        Authorizer authorizer = Responders.authorizer(config.web().authorizer().get(), upstreams);
        closeLater(authorizer);
        String name = patterns(config).getFirst() + " (authorizer)";
        gateways.add(() -> new GatewayLine(name, config.hosts(), "authorizer", authorizer.load(), authorizer.workers(),
                authorizer.trouble()));
        return authorizer;
    }

    private void closeLater(Object part) {
        if (part instanceof AutoCloseable closeable) {
            parts.addFirst(closeable);
        }
    }

    /** Closes all handlers and services that can be closed; what one of them throws is logged. */
    @Override
    public void close() {
        watch.close();
        for (AutoCloseable part : parts) {
            try {
                part.close();
            } catch (Exception e) {
                LOGGER.atWarn().addKeyValue("part", part.getClass().getName()).setCause(e).log("could not be closed");
            }
        }
    }
}
