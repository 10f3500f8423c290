package dev.loomgate.config;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import dev.loomgate.config.UpstreamConfig.Balance;
import dev.loomgate.config.UpstreamConfig.Ejection;
import dev.loomgate.config.UpstreamConfig.Health;
import dev.loomgate.config.UpstreamConfig.Server;

/** Reads {@code upstreams}. */
final class UpstreamReader {
    private static final int MOST_CONNECTIONS = 512;
    private static final Ejection EJECTION = new Ejection(5, Duration.ofSeconds(10));

    private UpstreamReader() {
    }

    /** All groups, in the order of the file. */
    static List<UpstreamConfig> read(Section root) {
        var upstreams = new ArrayList<UpstreamConfig>();
        root.section("upstreams").ifPresent(all -> {
            for (Map.Entry<String, Section> entry : all.sectionsByName().entrySet()) {
                if (!entry.getKey().matches("[A-Za-z0-9][A-Za-z0-9._-]*")) {
                    all.problem(entry.getKey(), "a name is letters, digits, '.', '_' and '-'");
                }
                upstreams.add(group(entry.getKey(), entry.getValue()));
            }
            all.finish();
        });
        return upstreams;
    }

    /** A group of one server, with all else as it is by default. */
    static UpstreamConfig single(Section section, String name, RouteConfig.Socket socket) {
        int most = section.integer("max-connections", 1, 100_000, MOST_CONNECTIONS);
        return settings(section, name, List.of(new Server(socket, 1, false, most)), Optional.empty(),
                Optional.empty());
    }

    private static UpstreamConfig group(String name, Section section) {
        int most = section.integer("max-connections", 1, 100_000, MOST_CONNECTIONS);
        List<Server> servers = servers(section, most);
        if (!section.has("servers")) {
            section.problem("servers", "is missing; it must be there, as in servers: [127.0.0.1:3000, 127.0.0.1:3001]");
        } else if (servers.isEmpty() && !section.isSections("servers") && section.texts("servers", List.of()).isEmpty()) {
            section.problem("servers", "at least one server is needed");
        } else if (!servers.isEmpty() && servers.stream().allMatch(Server::backup)) {
            section.problem("servers", "all are backups; at least one that is none is needed");
        }
        UpstreamConfig read = settings(section, name, servers, ejection(section), health(section));
        section.finish();
        return read;
    }

    private static UpstreamConfig settings(Section section, String name, List<Server> servers, Optional<Ejection> ejection,
                                           Optional<Health> health) {
        return new UpstreamConfig(name, servers, section.choice("balance", Balance.class, Balance.ROUND_ROBIN),
                section.integer("max-waiting", 0, 1_000_000, 10_000),
                section.time("wait-timeout", Duration.ofSeconds(10)),
                section.time("connect-timeout", Duration.ofSeconds(5)),
                section.time("timeout", Duration.ofSeconds(60)),
                section.time("idle-timeout", Duration.ofSeconds(60)),
                section.time("lifetime", Duration.ofHours(1)),
                section.integer("retries", 0, 100, 2),
                section.time("slow-start", true).orElse(Duration.ZERO), ejection, health);
    }

    private static List<Server> servers(Section section, int most) {
        if (!section.isSections("servers")) {
            return section.list("servers", List.of(), text -> new Server(ResponderReader.socket(section, text), 1, false, most));
        }
        var servers = new ArrayList<Server>();
        for (Section one : section.sections("servers")) {
            Optional<RouteConfig.Socket> socket = one.required("address", "address: 127.0.0.1:3000")
                    .flatMap(text -> one.value("address", address -> ResponderReader.socket(one, address)));
            int weight = one.integer("weight", 1, 1_000, 1);
            boolean backup = one.flag("backup", false);
            int connections = one.integer("max-connections", 1, 100_000, most);
            one.finish();
            socket.ifPresent(known -> servers.add(new Server(known, weight, backup, connections)));
        }
        return servers;
    }

    private static Optional<Ejection> ejection(Section section) {
        if (!section.isSection("ejection")) {
            return section.value("ejection", text -> switch (text) {
                case "on" -> true;
                case "off" -> false;
                default -> throw new IllegalArgumentException("on, off or keys such as {failures: 5, time: 10s} are allowed");
            }).orElse(true) ? Optional.of(EJECTION) : Optional.empty();
        }
        Section keys = section.section("ejection").orElseThrow();
        var ejection = new Ejection(keys.integer("failures", 1, 1_000_000, EJECTION.failures()),
                keys.time("time", EJECTION.time()));
        keys.finish();
        return Optional.of(ejection);
    }

    private static Optional<Health> health(Section section) {
        return section.section("health").map(keys -> {
            Optional<String> path = keys.value("path", UpstreamReader::path);
            Optional<int[]> status = keys.value("status", UpstreamReader::range);
            if (status.isPresent() && path.isEmpty()) {
                keys.problem("status", "means nothing without 'path'");
            }
            var health = new Health(path, keys.time("interval", Duration.ofSeconds(5)), keys.time("timeout", Duration.ofSeconds(2)),
                    keys.integer("healthy", 1, 1_000, 2), keys.integer("unhealthy", 1, 1_000, 3),
                    status.map(range -> range[0]).orElse(200), status.map(range -> range[1]).orElse(399));
            keys.finish();
            return health;
        });
    }

    static String path(String text) {
        if (!text.startsWith("/") || text.chars().anyMatch(c -> c <= ' ' || c >= 0x7f || c == '#')) {
            throw new IllegalArgumentException("a path that begins with / is allowed, percent-encoded where need be");
        }
        return text;
    }

    private static int[] range(String text) {
        if (!text.matches("[1-5][0-9]{2}(-[1-5][0-9]{2})?")) {
            throw new IllegalArgumentException("a status such as 200, or a range such as 200-399, is allowed");
        }
        int lowest = Integer.parseInt(text.substring(0, 3));
        int highest = Integer.parseInt(text.substring(text.length() - 3));
        if (highest < lowest) {
            throw new IllegalArgumentException("the lower status comes first, as in 200-399");
        }
        return new int[] {lowest, highest};
    }
}
