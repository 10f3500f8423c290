package dev.loomgate.perf;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import com.fasterxml.jackson.core.JsonFactory;
import dev.loomgate.perf.load.Outcome;
import dev.loomgate.perf.server.Usage;
import org.junit.jupiter.api.Test;

/** The page of a run with every scenario, with figures that are made up. It stays in target/test-report, to be looked at. */
class ReportTest {
    @Test
    void tellsOfEveryScenarioAndOfErrors() throws Exception {
        var items = new ArrayList<Plan.Item>();
        var turns = new ArrayList<Turn>();
        for (Scenario scenario : Scenarios.all()) {
            List<String> servers = scenario.quick().isEmpty() ? List.of("loomgate", "reactor", "bounded-pool") : scenario.quick();
            items.add(new Plan.Item(scenario, servers, scenario.connections(), 2, List.of("own")));
            for (String server : servers) {
                for (int round = 1; round <= 2; round++) {
                    turns.add(turn(scenario, server, round));
                }
            }
        }
        var results = new Results(Settings.parse(), new Plan(items, List.of("apache: apt-get install apache2")), turns,
                List.of("cgi, lighttpd: does not answer <here>"), Map.of("Machine", "made up", "Commit", "none"),
                Map.of("Java", "25"), Map.of("loomgate", "bin/loomgate serve"));
        Path directory = Files.createDirectories(Path.of("target/test-report"));
        String page = Files.readString(Report.write(results, directory));
        for (Plan.Item item : items) {
            assertThat(page).contains("<section id=\"" + item.scenario().name() + "\">");
        }
        assertThat(page).contains("class=\"n errors\">14 time-out").contains("lighttpd: does not answer &lt;here&gt;")
                .contains("apt-get install apache2").doesNotContain("NaN");
        for (Bar bar : Bar.of(results)) {
            assertThat(page).contains(Text.html(bar.name()));
        }
        assertThat(directory.resolve("wait-100-10000.svg")).content().contains("<svg");
        assertThat(Files.readAllLines(directory.resolve("data.csv"))).hasSize(turns.size() + 1)
                .allMatch(line -> line.chars().filter(c -> c == ',').count() == 19);
        try (var json = new JsonFactory().createParser(directory.resolve("data.json").toFile())) {
            while (json.nextToken() != null) {
                assertThat(json.currentTokenLocation()).isNotNull();
            }
        }
    }

    private static Turn turn(Scenario scenario, String server, int round) {
        int slower = Math.abs(server.hashCode() % 5) + 2;
        if (!scenario.kind().isRate()) {
            return Turn.ofValue(scenario.name(), server, round, server.equals("loomgate") ? 700 : 300.0 * slower);
        }
        long requests = server.equals("loomgate") ? 17_000 : 17_000 / slower;
        double[] millis = new double[Outcome.PERCENTILES.length];
        for (int i = 0; i < millis.length; i++) {
            millis[i] = slower * (1 + i * i / 4.0);
        }
        var outcome = new Outcome(1, requests, server.equals("reactor") ? Map.of("time-out", 7L) : Map.of(), millis);
        return new Turn(scenario.name(), server, round, "own", outcome, new Usage(0.5, 0.3, 5000, 200 << 20, 200 << 20), 0.97, 0.6,
                Double.NaN);
    }
}
