package dev.loomgate.config;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.Collectors;

import org.yaml.snakeyaml.nodes.MappingNode;

/** Reads a configuration file. All of its mistakes are reported at once. */
public final class ConfigurationReader {
    private final Supplier<RouteRules> rules;

    /** @param rules what the server knows about routes; asked for when the file turns out to be YAML */
    public ConfigurationReader(Supplier<RouteRules> rules) {
        this.rules = rules;
    }

    /**
     * Reads and checks a file.
     *
     * @param file YAML in UTF-8; relative paths in it count from its directory
     * @throws ConfigurationException with every mistake of the file, also if it is missing or not YAML at all
     */
    public Configuration read(Path file) throws ConfigurationException {
        MappingNode yaml = new YamlFile(file).read();
        RouteRules rules = this.rules.get();
        var problems = new ArrayList<Problem>();
        Section root = new ConfigTree(file, problems).root(yaml);

        // in this order in messages; what listeners can do depends on the threads
        root.has("listeners");
        ThreadsConfig threads = threads(root);
        List<ListenerConfig> listeners = listeners(root, rules, threads);
        List<UpstreamConfig> upstreams = UpstreamReader.read(root);
        int mistakes = problems.size();
        List<RouteConfig> routes = routes(root, rules, listeners, upstreams);
        boolean allRoutes = problems.size() == mistakes;
        GuardConfig guard = root.section("guard").map(section -> guard(section, rules)).orElse(GuardConfig.DEFAULT);
        Set<String> paths = routes.stream().flatMap(route -> route.paths().stream()).collect(Collectors.toCollection(TreeSet::new));
        LogConfig log = root.section("log").map(section -> LogReader.read(section, paths, allRoutes)).orElse(LogConfig.DEFAULT);
        Optional<AdminConfig> admin = AdminReader.read(root);
        Optional<TracingConfig> tracing = root.section("tracing").flatMap(TracingReader::read);
        ControlConfig control = ControlConfig.read(root, file);
        admin.ifPresent(one -> AdminReader.reportTwins(root, one, listeners));
        if (guard.proxies().networks().isEmpty() && listeners.stream().anyMatch(ListenerConfig::proxyProtocol)) {
            root.problem("listeners", "proxy-protocol: true is for connections of proxies alone, so it needs the addresses of "
                    + "the proxies, such as guard: {trusted-proxies: [10.0.0.7]}");
        }
        WebConfig web = new WebReader(rules, new ResponderReader()).ofServer(root);
        root.finish();

        if (!problems.isEmpty()) {
            throw new ConfigurationException(problems);
        }
        return new Configuration(file.toAbsolutePath(), listeners, threads, routes, guard, log, admin, tracing,
                web, control, upstreams);
    }

    private static List<ListenerConfig> listeners(Section root, RouteRules rules, ThreadsConfig threads) {
        if (!root.has("listeners")) {
            return List.of(new ListenerConfig("listener-1", ListenerConfig.DEFAULT_HOST, ListenerConfig.DEFAULT_PORT,
                    ListenerConfig.DEFAULT_BACKLOG, false, Optional.empty(), threads.model() == ThreadsConfig.Model.VIRTUAL,
                    OptionalInt.empty()));
        }
        var listeners = new ArrayList<ListenerConfig>();
        var names = new HashSet<String>();
        var addresses = new HashSet<String>();
        for (Section section : root.sections("listeners")) {
            ListenerConfig listener = listener(section, "listener-" + (listeners.size() + 1), rules, threads);
            if (listener.redirectToHttps().isPresent() && section.has("tls")) {
                section.problem("redirect-to-https", "is for a listener without tls: this one speaks HTTPS already");
            }
            section.finish();
            if (!names.add(listener.name())) {
                section.problem("name", "found '" + listener.name() + "', which another listener has already");
            }
            if (listener.port() != 0 && !addresses.add(listener.host() + " " + listener.port())) {
                section.problem("port", "found " + listener.port() + ", which another listener has already at "
                        + listener.host());
            }
            listeners.add(listener);
        }
        if (listeners.isEmpty()) {
            root.problem("listeners", "at least one listener is needed, such as '- port: 8080'");
        }
        return listeners;
    }

    private static ListenerConfig listener(Section section, String fallback, RouteRules rules, ThreadsConfig threads) {
        String name = section.value("name", ConfigurationReader::notBlank).orElse(fallback);
        String host = section.value("host", ConfigurationReader::notBlank).orElse(ListenerConfig.DEFAULT_HOST);
        int port = section.integer("port", 0, 65_535, section.has("port") ? 0 : ListenerConfig.DEFAULT_PORT);
        int backlog = section.integer("backlog", 1, 65_535, ListenerConfig.DEFAULT_BACKLOG);
        boolean proxyProtocol = section.flag("proxy-protocol", false);
        boolean http2 = http2(section, threads);
        return new ListenerConfig(name, host, port, backlog, proxyProtocol, new TlsReader(rules, http2).read(section), http2,
                redirection(section));
    }

    private static boolean http2(Section section, ThreadsConfig threads) {
        boolean possible = threads.model() == ThreadsConfig.Model.VIRTUAL;
        boolean wanted = section.flag("http2", possible);
        if (wanted && !possible) {
            section.problem("http2", "needs virtual threads, as each request of a connection has a thread: set 'threads: virtual', "
                    + "or 'http2: false'");
        }
        return wanted && possible;
    }

    private static OptionalInt redirection(Section section) {
        Optional<Integer> port = section.value("redirect-to-https", text -> switch (text) {
            case "true" -> 443;
            case "false" -> 0;
            default -> {
                if (text.matches("[1-9][0-9]{0,4}") && Integer.parseInt(text) <= 65_535) {
                    yield Integer.parseInt(text);
                }
                throw new IllegalArgumentException("true, false or a port from 1 to 65535 is allowed");
            }
        });
        return port.isPresent() && port.get() > 0 ? OptionalInt.of(port.get()) : OptionalInt.empty();
    }

    static String notBlank(String text) {
        if (text.isBlank()) {
            throw new IllegalArgumentException("it can't be blank");
        }
        return text;
    }

    private static ThreadsConfig threads(Section root) {
        ThreadsConfig fallback = ThreadsConfig.DEFAULT;
        if (root.isSection("threads")) {
            Section section = root.section("threads").orElseThrow();
            var threads = new ThreadsConfig(section.choice("model", ThreadsConfig.Model.class, fallback.model()),
                    section.integer("pool", 1, 10_000, fallback.pool()), section.value("watch", ConfigurationReader::watch).orElse(fallback.watch()));
            if (threads.model() == ThreadsConfig.Model.VIRTUAL && section.has("pool")) {
                section.problem("pool", "virtual threads have no pool; remove it, or set model: platform");
            }
            section.finish();
            return threads;
        }
        return new ThreadsConfig(root.choice("threads", ThreadsConfig.Model.class, fallback.model()), fallback.pool(),
                fallback.watch());
    }

    private static ThreadsConfig.Watch watch(String text) {
        return switch (text) {
            case "true" -> ThreadsConfig.Watch.STACKS;
            case "false" -> ThreadsConfig.Watch.OFF;
            default -> Section.constant(ThreadsConfig.Watch.class, text);
        };
    }

    private static List<RouteConfig> routes(Section root, RouteRules rules, List<ListenerConfig> listeners, List<UpstreamConfig> upstreams) {
        if (!root.has("routes")) {
            root.problem("routes", "is missing; without routes every request is answered with 404");
            return List.of();
        }
        var reader = new RouteReader(rules);
        var routes = new ArrayList<RouteConfig>();
        Map<String, Integer> lines = new HashMap<>();
        for (Section section : root.sections("routes")) {
            reader.read(section).ifPresent(read -> {
                reportTwins(section, reader.conditions(read), lines);
                routes.add(read);
            });
        }
        reader.reportUnknown(upstreams);
        reader.reportLoops(listeners, upstreams);
        return routes;
    }

    private static void reportTwins(Section section, List<String> conditions, Map<String, Integer> lines) {
        for (String condition : conditions) {
            Integer twin = lines.putIfAbsent(condition, section.line());
            if (twin != null && twin != section.line()) {
                section.problem("path", "the route in line " + twin + " already takes " + condition);
                return;
            }
        }
    }

    private static GuardConfig guard(Section section, RouteRules rules) {
        GuardConfig fallback = GuardConfig.DEFAULT;
        var guard = new GuardConfig(
                section.size("max-request-line", 64, 1 << 20, fallback.maxRequestLine()),
                section.size("max-header-size", 256, 16 << 20, fallback.maxHeaderSize()),
                section.integer("max-header-count", 1, 10_000, fallback.maxHeaderCount()),
                section.size("max-body", 0, Long.MAX_VALUE).orElse(fallback.maxBody()),
                section.time("header-timeout", fallback.headerTimeout()),
                section.time("body-timeout", fallback.bodyTimeout()),
                section.time("idle-timeout", fallback.idleTimeout()),
                section.time("write-timeout", fallback.writeTimeout()),
                section.time("drain-timeout", true).orElse(fallback.drainTimeout()),
                section.time("drain-delay", true).orElse(fallback.drainDelay()),
                new RequestLimitsReader(rules).ofGuard(section), new ConnectionGuardReader(rules).read(section),
                new RequestLimitsReader(rules).trustedProxies(section), BufferLimitsConfig.read(section));
        section.finish();
        return guard;
    }
}
