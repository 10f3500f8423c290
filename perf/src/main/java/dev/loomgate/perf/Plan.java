package dev.loomgate.perf;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

import dev.loomgate.perf.server.Machine;
import dev.loomgate.perf.server.Programs;
import dev.loomgate.perf.server.ServerType;
import dev.loomgate.perf.server.ServerTypes;

/**
 * What is measured, with what is installed here.
 *
 * @param items scenarios with their servers
 * @param skipped what is left out, and why
 */
record Plan(List<Item> items, List<String> skipped) {
    /** Started twice to compare: as it is, and with a cache. */
    static final String CACHED = "loomgate-aot";
    /** Scenarios with fewer turns in the quick profile: what they show is larger by far than what the turns differ. */
    private static final Set<String> CLEAR = Set.of(Scenarios.MAIN, "perl", "python");

    /**
     * A scenario with the servers that take part in it.
     *
     * @param connections as many of the scenario's as descriptors allow
     */
    record Item(Scenario scenario, List<String> servers, int connections, int rounds, List<String> tools) {
        /** About how many seconds it will take. */
        double seconds(Settings settings) {
            double turn = switch (scenario.kind()) {
                case START -> 1;
                case IDLE -> 5;
                case ALLOCATION -> 7 * (settings.seconds() + 0.5);
                case PEAK -> 17;
                default -> (turnSeconds(settings) + connections / 2500.0 + 0.7) * tools.size();
            };
            double before = servers.stream().mapToDouble(server -> before(server, settings)).sum();
            return before + servers.size() * rounds * turn;
        }

        /** Length of a turn: so many clients that they need a second for one request each take two at least. */
        double turnSeconds(Settings settings) {
            return connections >= 5000 ? Math.max(2, settings.seconds()) : settings.seconds();
        }

        /** Most seconds of load before the first turn of a server on a JVM: few requests a second are compiled late. */
        int warmUp(ServerType server, Settings settings) {
            return isBusyElsewhere(server) ? 2 * settings.warmUp()
                    : scenario.ability() == ServerType.Ability.PHP ? 3 * settings.warmUp() : settings.warmUp();
        }

        /** Whether the rate does not tell that the JVM still compiles: most of the time goes to the scripts, and there is much to compile. */
        boolean isBusyElsewhere(ServerType server) {
            return scenario.ability() == ServerType.Ability.SCRIPTS && server.name().equals("loomgate-kept");
        }

        private double before(String server, Settings settings) {
            if (!scenario.kind().isRate()) {
                return 1;
            }
            ServerType type = ServerTypes.named(server);
            int most = warmUp(type, settings);
            return type.family() == ServerType.Family.NATIVE_PEER ? 1.5
                    : 1 + (isBusyElsewhere(type) ? most : Math.min(most, 3 + most / 3.0));
        }
    }

    static Plan of(Settings settings) {
        var skipped = new ArrayList<String>();
        settings.scenarios().forEach(Scenarios::named); // says which do not exist
        for (String name : settings.servers()) {
            if (!name.equals(CACHED)) {
                ServerTypes.named(name);
            }
        }
        var items = new ArrayList<Item>();
        for (Scenario scenario : Scenarios.all()) {
            if (settings.scenarios().isEmpty() ? settings.full() || !scenario.quick().isEmpty()
                    : settings.scenarios().contains(scenario.name())) {
                List<String> servers = installed(scenario, chosen(scenario, settings), skipped);
                if (!servers.isEmpty()) {
                    items.add(item(scenario, servers, settings, skipped));
                }
            }
        }
        return new Plan(items, skipped.stream().distinct().toList());
    }

    private static List<String> chosen(Scenario scenario, Settings settings) {
        List<String> all = scenario.full().isEmpty() ? ServerTypes.with(scenario.ability()).stream().map(ServerType::name).toList()
                : scenario.full();
        if (!settings.servers().isEmpty()) {
            return all.stream().filter(settings.servers()::contains).toList();
        }
        return settings.full() || scenario.quick().isEmpty() ? all : scenario.quick();
    }

    private static List<String> installed(Scenario scenario, List<String> servers, List<String> skipped) {
        var installed = new ArrayList<String>();
        for (String name : servers) {
            List<String> missing = name.equals(CACHED) ? List.of() : ServerTypes.named(name).missing();
            if (name.equals(CACHED) && Runtime.version().feature() < 25) {
                skipped.add(name + ": needs Java 25");
            } else if (!missing.isEmpty()) {
                skipped.add(name + ": apt-get install " + String.join(" ", missing));
            } else {
                installed.add(name);
            }
        }
        if (scenario.name().equals("cgi") && Programs.find("gcc") == null) {
            skipped.add("cgi: apt-get install gcc libc6-dev");
            return List.of();
        }
        if (scenario.name().equals("perl") && !Programs.firstLine("perl", "-MCGI", "-e", "print 1").equals("1")) {
            skipped.add("perl: apt-get install perl libcgi-pm-perl");
            return List.of();
        }
        if (scenario.name().equals("php") && Programs.find("php-cgi") == null) {
            skipped.add("php: apt-get install php-cgi");
            return List.of();
        }
        return installed;
    }

    private static Item item(Scenario scenario, List<String> servers, Settings settings, List<String> skipped) {
        int connections = scenario.connections();
        int most = Math.max(100, Machine.descriptors() - 1000);
        if (connections > most) {
            skipped.add(scenario.name() + ": " + most + " connections instead of " + connections
                    + ", for the limit of open files (ulimit -n) is " + Machine.descriptors());
            connections = most;
        }
        boolean wrk = scenario.wrk() && Programs.find("wrk") != null;
        List<String> tools = !wrk ? List.of("own") : settings.full() && scenario.kind() == Scenario.Kind.CLOSED
                ? List.of("wrk", "own") : List.of("wrk");
        return new Item(scenario, servers, connections, rounds(scenario, settings), tools);
    }

    /** In the quick profile, what takes long has fewer; bytes of a connection are the same each time. */
    private static int rounds(Scenario scenario, Settings settings) {
        if (settings.full()) {
            return settings.rounds().orElse(5);
        }
        return switch (scenario.kind()) {
            case IDLE, ALLOCATION -> 1;
            default -> settings.rounds().orElse(CLEAR.contains(scenario.name()) ? 2 : 3);
        };
    }

    /** Whether it has this scenario. */
    boolean names(String scenario) {
        return items.stream().anyMatch(item -> item.scenario().name().equals(scenario));
    }

    /** Servers that take part in scenarios behind that one, with others than those that start their own. */
    Set<String> serversAfter(int index) {
        return items.stream().skip(index + 1L).filter(item -> item.scenario().kind().isRate())
                .flatMap(item -> item.servers().stream()).collect(Collectors.toSet());
    }

    double seconds(Settings settings) {
        return items.stream().mapToDouble(item -> item.seconds(settings)).sum();
    }
}
