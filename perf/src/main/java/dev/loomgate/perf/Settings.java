package dev.loomgate.perf;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;

/**
 * What to measure, and how long.
 *
 * @param full whether all scenarios and servers
 * @param scenarios names of the only ones; empty for those of the profile
 * @param servers names of the only ones; empty for those of the profile
 * @param rounds turns of each server, if that was asked for
 * @param seconds length of a turn
 * @param warmUp most seconds of load before the first turn
 * @param database JDBC URL of the handler's database; empty for one in memory
 */
record Settings(boolean full, List<String> scenarios, List<String> servers, OptionalInt rounds, double seconds, int warmUp,
        String database) {
    private static final Set<String> KEYS = Set.of("profile", "scenarios", "servers", "rounds", "seconds", "database");

    /** Reads arguments of the form {@code key=value}; an empty value stands for the default. */
    static Settings parse(String... arguments) {
        Map<String, String> values = new HashMap<>();
        for (String argument : arguments) {
            int equals = argument.indexOf('=');
            if (equals < 0 || !KEYS.contains(argument.substring(0, equals))) {
                throw new IllegalArgumentException("'" + argument + "' is none of " + KEYS);
            }
            if (equals + 1 < argument.length()) {
                values.put(argument.substring(0, equals), argument.substring(equals + 1));
            }
        }
        String profile = values.getOrDefault("profile", "quick");
        if (!profile.equals("quick") && !profile.equals("full")) {
            throw new IllegalArgumentException("-Dprofile=" + profile + " is neither quick nor full");
        }
        boolean full = profile.equals("full");
        double seconds = number("seconds", values.getOrDefault("seconds", full ? "5" : "1"), 0.5, 600);
        OptionalInt rounds = values.containsKey("rounds") ? OptionalInt.of((int) number("rounds", values.get("rounds"), 1, 100))
                : OptionalInt.empty();
        return new Settings(full, list(values.get("scenarios")), list(values.get("servers")), rounds, seconds,
                full ? 12 : 5, values.getOrDefault("database", ""));
    }

    private static double number(String key, String value, double least, double most) {
        try {
            double number = Double.parseDouble(value);
            if (number >= least && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw new IllegalArgumentException("-D" + key + "=" + value + " is not a number from " + least + " to " + most);
    }

    private static List<String> list(String value) {
        return value == null ? List.of() : Arrays.stream(value.split(",")).map(String::strip).filter(one -> !one.isEmpty()).toList();
    }
}
