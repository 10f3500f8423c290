package dev.loomgate.server;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.stream.Collectors;

import dev.loomgate.config.RouteConfig;
import dev.loomgate.config.UpstreamConfig;
import dev.loomgate.handler.Backends;
import dev.loomgate.proxy.ProxySettings;
import dev.loomgate.proxy.ReverseProxy;
import dev.loomgate.upstream.Balance;
import dev.loomgate.upstream.Group;
import dev.loomgate.upstream.GroupSettings;
import dev.loomgate.upstream.HealthCheck;
import dev.loomgate.upstream.http.HttpCheck;

/** The groups of servers behind this one, from the configuration. */
final class Upstreams implements AutoCloseable {
    private static final HealthCheck REACHED = connection -> { };

    // the status is asked for while routes are made
    private final Map<String, Group> groups = new ConcurrentSkipListMap<>();
    private final Map<UpstreamConfig, Group> singles = new LinkedHashMap<>();
    private Map<String, Duration> timeouts = Map.of();

    /** Makes groups; nothing is connected before the first request, but health checks begin. */
    void open(List<UpstreamConfig> upstreams) {
        timeouts = upstreams.stream().collect(Collectors.toMap(UpstreamConfig::name, UpstreamConfig::timeout));
        upstreams.forEach(this::open);
    }

    private Group open(UpstreamConfig upstream) {
        var group = new Group(settings(upstream));
        groups.put(upstream.name(), group);
        return group;
    }

    /** Routes that reach the same server in the same way share its connections. */
    private Group single(UpstreamConfig upstream) {
        return singles.computeIfAbsent(upstream, one -> {
            var group = new Group(settings(one));
            String name = one.name();
            for (int i = 2; groups.putIfAbsent(name, group) != null; i++) {
                name = one.name() + '#' + i;
            }
            return group;
        });
    }

    /** How they do, by name. */
    Map<String, Group.Status> status() {
        var all = new LinkedHashMap<String, Group.Status>();
        groups.forEach((name, group) -> all.put(name, group.status()));
        return all;
    }

    /** How handlers reach them. */
    Backends backends() {
        return name -> {
            Group group = groups.get(name);
            if (group == null || !timeouts.containsKey(name)) {
                throw Backends.unknown(name, timeouts.keySet());
            }
            return new GroupClient(group, timeouts.get(name));
        };
    }

    /** A group that the configuration names, of programs that may work on a few connections only. */
    Group responders(String name) {
        Group group = groups.get(name);
        group.expectFewWorkers();
        return group;
    }

    ReverseProxy proxy(RouteConfig.Proxy proxy, String mount) {
        Group group = proxy.upstream().map(groups::get).orElseGet(() -> single(proxy.to().orElseThrow()));
        Duration timeout = proxy.timeout().or(() -> proxy.to().map(UpstreamConfig::timeout))
                .orElseGet(() -> timeouts.get(group.name()));
        return new ReverseProxy(group, new ProxySettings(mount, proxy.prefix(), host(proxy.host()), switch (proxy.forwarded()) {
            case REPLACE -> ProxySettings.Forwarded.REPLACE;
            case APPEND -> ProxySettings.Forwarded.APPEND;
            case NONE -> ProxySettings.Forwarded.NONE;
        }, timeout));
    }

    private static Optional<String> host(RouteConfig.ProxyHost host) {
        return host.equals(RouteConfig.ProxyHost.SERVERS) ? Optional.empty()
                : Optional.of(host.equals(RouteConfig.ProxyHost.CLIENTS) ? ProxySettings.CLIENT_HOST : host.text());
    }

    private static GroupSettings settings(UpstreamConfig upstream) {
        return new GroupSettings(upstream.name(), upstream.servers().stream().map(server -> new GroupSettings.Server(
                Responders.endpoint(server.socket()), server.weight(), server.backup(), server.maxConnections())).toList(),
                switch (upstream.balance()) {
                    case ROUND_ROBIN -> Balance.ROUND_ROBIN;
                    case LEAST_CONNECTIONS -> Balance.LEAST_CONNECTIONS;
                    case RANDOM -> Balance.RANDOM;
                    case CLIENT_ADDRESS -> Balance.CLIENT_ADDRESS;
                }, upstream.maxWaiting(), upstream.waitTimeout(), upstream.connectTimeout(), upstream.idleTimeout(),
                upstream.lifetime(), upstream.retries(), upstream.slowStart(),
                upstream.ejection().map(UpstreamConfig.Ejection::failures).orElse(0),
                upstream.ejection().map(UpstreamConfig.Ejection::time).orElse(Duration.ZERO),
                upstream.health().map(health -> health(upstream, health)));
    }

    private static GroupSettings.Health health(UpstreamConfig upstream, UpstreamConfig.Health health) {
        HealthCheck check = health.path().<HealthCheck>map(path -> new HttpCheck(path, upstream.name(), status ->
                status >= health.lowest() && status <= health.highest(), health.timeout())).orElse(REACHED);
        return new GroupSettings.Health(check, health.interval(), health.timeout(), health.healthy(), health.unhealthy());
    }

    @Override
    public void close() {
        groups.values().forEach(Group::close);
    }
}
