package dev.loomgate.server;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import dev.loomgate.config.AccessLogConfig;
import dev.loomgate.config.Configuration;
import dev.loomgate.config.ThreadsConfig;
import dev.loomgate.deploy.Deployment;
import dev.loomgate.gateway.Load;
import dev.loomgate.guard.Reason;
import dev.loomgate.guard.Rejections;
import dev.loomgate.handover.InheritedSockets;
import dev.loomgate.observe.AccessFormat;
import dev.loomgate.observe.AccessLog;
import dev.loomgate.observe.AdminPages;
import dev.loomgate.observe.CarrierWatch;
import dev.loomgate.observe.Figures;
import dev.loomgate.observe.Health;
import dev.loomgate.observe.Status;
import dev.loomgate.observe.Telemetry;
import dev.loomgate.observe.Tracing;
import dev.loomgate.transport.RequestId;
import dev.loomgate.transport.UpstreamTime;
import dev.loomgate.upstream.Backend;
import dev.loomgate.upstream.Group;
import io.helidon.common.Builder;
import io.helidon.webserver.http.HttpRouting;

/** What can be seen of a server from outside: its status, its health, and the admin listener that shows them. */
final class Observation implements AutoCloseable {
    /** The reason of requests for which a gateway had no place in time. */
    private static final String NO_PLACE = "gateway-places";
    /** The reason of requests for which a group of servers had none in time. */
    private static final String NO_SERVER = "upstream-servers";
    /** Places where carriers were kept, of those that are shown. */
    private static final int MOST_SITES = 20;

    /** What servers of a group say of themselves that get requests. */
    private static final Set<String> AT_WORK = Set.of("up", "slow start");

    private final Configuration configuration;
    private final Status status = new Status();
    private final Health health = new Health();
    private final Instant started = Instant.now();
    /** Null if there is none. */
    private final AccessLog accessLog;
    /** Null if nothing is traced. */
    private final Tracing tracing;
    /** Null if nobody could see it. */
    private Telemetry telemetry;
    private AdminPages pages;
    private Admin admin;

    private Observation(Configuration configuration, AccessLog accessLog, Tracing tracing) {
        this.configuration = configuration;
        this.accessLog = accessLog;
        this.tracing = tracing;
        status.section("server", this::server);
        status.section("health", health::section);
    }

    /**
     * Begins to observe.
     *
     * @throws IOException if the access log can't be opened
     */
    static Observation open(Configuration configuration) throws IOException {
        Optional<AccessLogConfig> access = configuration.log().access();
        return new Observation(configuration, access.isEmpty() ? null
                : AccessLog.open(access.get().file(), switch (access.get().format()) {
                    case COMBINED -> AccessFormat.COMBINED;
                    case EXTENDED -> AccessFormat.EXTENDED;
                    case JSON -> AccessFormat.JSON;
                }, Set.copyOf(access.get().except())), configuration.tracing().map(traces ->
                        Tracing.open(traces.otlp(), traces.sample(), traces.service(), traces.headers())).orElse(null));
    }

    /** Registers what the parts of the server tell of themselves. */
    void watch(Server server) {
        status.section("listeners", server::addresses);
        status.section("connections", server::connectionStates);
        status.section("http2", server::http2);
        status.section("rejections", () -> occurred(rejections(server)));
        status.section("deployments", server::deployments);
        status.section("certificates", server::certificates);
        status.section("gateways", () -> server.revisions().gateways());
        status.section("upstreams", server::upstreams);
        status.section("revisions", server::revisionCounts);
        status.section("carriers", () -> server.carriers().map(Observation::carriers).orElse(Map.of()));
        health.watch("deployments", () -> failures(server.deployments()));
        health.watch("gateways", () -> troubles(server.revisions().gateways()));
        health.watch("upstreams", () -> absent(server.upstreams()));
        health.watch("programs", new Remembered(() -> missing(Prerequisites.missing(
                server.revisions().current() == null ? configuration : server.configuration()))));
        if (configuration.admin().isPresent()) {
            telemetry = Telemetry.start(new Telemetry.Sources(server::connectionStates, () -> rejections(server),
                    configuration.threads().model() == ThreadsConfig.Model.VIRTUAL, health::isReady), status);
            addFigures(telemetry.figures(), server);
            if (accessLog != null) {
                telemetry.figures().counter("loomgate_access_log_dropped_lines", "Lines that the access log has lost",
                        accessLog::droppedCount);
            }
            addLoads(telemetry.figures(), server);
            addUpstreams(telemetry.figures(), server);
        }
    }

    private static void addFigures(Figures figures, Server server) {
        figures.gauge("http_server_http2_connections", "Open connections that speak HTTP/2",
                () -> server.http2().get("connections"));
        figures.gauge("http_server_http2_streams", "Requests that connections of HTTP/2 have at present",
                () -> server.http2().get("streams"));
        figures.counter("loomgate_carrier_pinned", "Times that a virtual thread waited and kept its carrier",
                () -> server.carriers().map(CarrierWatch::pinnedCount).orElse(0L));
        figures.counter("loomgate_carrier_monopolised", "Times that a virtual thread computed without a pause for too long",
                () -> server.carriers().map(CarrierWatch::monopolisedCount).orElse(0L));
    }

    private static void addUpstreams(Figures figures, Server server) {
        figures.gauge("loomgate_upstream_servers", "Servers of a group", "upstream",
                () -> upstreams(server, group -> group.servers().size()));
        figures.gauge("loomgate_upstream_servers_at_work", "Servers of a group that are well and can be reached", "upstream",
                () -> upstreams(server, group -> group.servers().stream().filter(one -> AT_WORK.contains(one.state())).count()));
        figures.gauge("loomgate_upstream_active", "Requests that the servers of a group work on", "upstream",
                () -> upstreams(server, group -> group.servers().stream().mapToDouble(Backend.Status::active).sum()));
        figures.gauge("loomgate_upstream_waiting", "Requests that wait for a server of a group", "upstream",
                () -> upstreams(server, Group.Status::waiting));
        figures.counter("loomgate_upstream_refused", "Requests for which a group had no server in time", "upstream",
                () -> server.revisions().countOfUpstreams(Group.Status::refused));
        figures.counter("loomgate_upstream_requests", "Requests that a group was asked", "upstream",
                () -> server.revisions().countOfUpstreams(group -> group.servers().stream()
                        .mapToLong(Backend.Status::requests).sum()));
    }

    private static Map<String, Double> upstreams(Server server, ToDoubleFunction<Group.Status> part) {
        var values = new TreeMap<String, Double>();
        server.upstreams().forEach((name, group) -> values.put(name, part.applyAsDouble(group)));
        return values;
    }

    private static void addLoads(Figures figures, Server server) {
        figures.gauge("loomgate_gateway_running", "Requests that a gateway works on", "route",
                () -> loads(server, Load::running));
        figures.gauge("loomgate_gateway_places", "Requests that a gateway may work on at once; 0 for as many as come", "route",
                () -> loads(server, Load::places));
        figures.gauge("loomgate_gateway_waiting", "Requests that wait for their turn at a gateway", "route",
                () -> loads(server, Load::waiting));
        figures.counter("loomgate_gateway_refused", "Requests for which a gateway had no place in time", "route",
                () -> server.revisions().countOfGateways(line -> line.load().refused()));
        figures.gauge("loomgate_gateway_processes", "Processes that a gateway keeps", "route",
                () -> loads(server, Load::processes));
        figures.counter("loomgate_gateway_forks", "Children that fork servers have made", "route",
                () -> server.revisions().countOfGateways(line -> line.load().forks()));
        figures.counter("loomgate_gateway_restarts", "Processes of a gateway that were started in the place of one that had ended",
                "route", () -> server.revisions().countOfGateways(line -> line.workers().restarts()));
    }

    /** One value for each route; gateways of the same path for several hosts count together. */
    private static Map<String, Double> loads(Server server, ToDoubleFunction<Load> part) {
        var values = new TreeMap<String, Double>();
        server.revisions().gateways().forEach(line -> values.merge(line.route(), part.applyAsDouble(line.load()), Double::sum));
        return values;
    }

    /** The routing as it is to be used: with its requests counted, if somebody can see the count. */
    Builder<?, HttpRouting> observe(HttpRouting.Builder routing) {
        return Telemetry.observe(routing, telemetry, accessLog, tracing,
                request -> request instanceof UpstreamTime timed ? timed.upstreamNanos() : UpstreamTime.NONE,
                RequestId::of);
    }

    /** Opens the access log by its name again, if there is one: it has been moved away. */
    void reopenLogs() {
        if (accessLog != null) {
            accessLog.reopen();
        }
    }

    /**
     * Opens the admin listener, if there is to be one.
     *
     * @param inherited sockets that are bound already
     */
    void listen(InheritedSockets inherited) throws IOException {
        if (configuration.admin().isPresent()) {
            pages = AdminPages.of(status, health, telemetry);
            admin = Admin.open(configuration.admin().get(), pages, inherited);
        }
    }

    private Map<String, Object> server() {
        var server = new LinkedHashMap<String, Object>();
        server.put("pid", ProcessHandle.current().pid());
        server.put("version", Optional.ofNullable(Observation.class.getPackage().getImplementationVersion()));
        server.put("java", Runtime.version().toString());
        server.put("configuration", configuration.file());
        server.put("threads", configuration.threads().model());
        server.put("started", started);
        server.put("uptime", Duration.between(started, Instant.now()));
        return server;
    }

    /** Those that occurred. */
    private static Map<String, Long> occurred(Map<String, Long> counts) {
        var occurred = new LinkedHashMap<>(counts);
        occurred.values().removeIf(count -> count == 0);
        return occurred;
    }

    /** By reason, all reasons: what has not been counted yet is 0, so that the first one is seen to be more. */
    private static Map<String, Long> rejections(Server server) {
        Rejections rejections = server.rejections();
        var counts = new LinkedHashMap<String, Long>();
        Stream.of(Reason.values()).forEach(reason -> counts.put(reason.label(), rejections.count(reason)));
        counts.put(NO_PLACE, server.revisions().countOfGateways(line -> line.load().refused()).values().stream()
                .mapToLong(Long::longValue).sum());
        counts.put(NO_SERVER, server.revisions().countOfUpstreams(Group.Status::refused).values().stream()
                .mapToLong(Long::longValue).sum());
        return counts;
    }

    private static Map<String, Object> carriers(CarrierWatch watch) {
        return Map.of("pinned", watch.pinnedCount(), "monopolised", watch.monopolisedCount(), "sites",
                watch.sites(MOST_SITES));
    }

    private static Optional<String> troubles(List<GatewayLine> gateways) {
        return joined(gateways.stream().filter(one -> one.trouble().isPresent())
                .map(one -> one.route() + ": " + one.trouble().get()));
    }

    private static Optional<String> absent(Map<String, Group.Status> groups) {
        return joined(groups.entrySet().stream().flatMap(group -> absent(group.getKey(), group.getValue().servers()).stream()));
    }

    private static Optional<String> absent(String group, List<Backend.Status> servers) {
        List<String> absent = servers.stream().filter(one -> !AT_WORK.contains(one.state()))
                .map(one -> one.address() + " is " + one.state() + one.reason().map(reason -> " (" + reason + ")").orElse("")).toList();
        return absent.isEmpty() ? Optional.empty()
                : Optional.of(group + (absent.size() == servers.size() ? " has no server at work: " : ": ") + String.join(", ", absent));
    }

    private static Optional<String> missing(List<Missing> missing) {
        return joined(missing.stream().map(Missing::toString));
    }

    private static Optional<String> joined(Stream<String> texts) {
        return Optional.of(texts.collect(Collectors.joining("; "))).filter(text -> !text.isEmpty());
    }

    private static Optional<String> failures(List<Deployment.Status> deployments) {
        return joined(deployments.stream().filter(one -> one.failure().isPresent())
                .map(one -> one.name() + ": " + one.failure().get()));
    }

    Status status() {
        return status;
    }

    Health health() {
        return health;
    }

    /** The port of the admin listener, if there is one. */
    OptionalInt port() {
        return admin == null ? OptionalInt.empty() : OptionalInt.of(admin.port());
    }

    /** Where the admin listener listens, if there is one. */
    Optional<String> address() {
        return Optional.ofNullable(admin).map(Admin::address);
    }

    @Override
    public void close() {
        if (pages != null) {
            pages.close();
        }
        if (admin != null) {
            admin.close();
        }
        if (telemetry != null) {
            telemetry.close();
        }
        if (accessLog != null) {
            accessLog.close();
        }
        if (tracing != null) {
            tracing.close();
        }
    }
}
