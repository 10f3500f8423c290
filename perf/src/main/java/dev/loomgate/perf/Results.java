package dev.loomgate.perf;

import java.util.List;
import java.util.Map;

/** All that the report tells. */
record Results(Settings settings, Plan plan, List<Turn> turns, List<String> failures, Map<String, String> facts,
        Map<String, String> versions, Map<String, String> commands) {
    /** The turns of a server in a scenario, by the tool that comes first there. */
    List<Turn> of(String scenario, String server) {
        List<Turn> all = turns.stream().filter(turn -> turn.scenario().equals(scenario) && turn.server().equals(server)).toList();
        return all.stream().filter(turn -> turn.tool().equals(all.getFirst().tool())).toList();
    }

    /** The figures of a server's rounds. */
    List<Double> figures(String scenario, String server) {
        return of(scenario, server).stream().map(Turn::figure).toList();
    }

    /** Their median; NaN if it was not measured. */
    double median(String scenario, String server) {
        return Statistics.median(figures(scenario, server).stream().mapToDouble(Double::doubleValue).toArray());
    }

    long errors(String scenario, String server) {
        return of(scenario, server).stream().mapToLong(Turn::errors).sum();
    }
}
