package dev.loomgate.perf;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;

import dev.loomgate.perf.load.Outcome;
import dev.loomgate.perf.server.Usage;
import org.junit.jupiter.api.Test;

class BarTest {
    private static final Usage USAGE = new Usage(1, 1, 0, 0, 0);

    @Test
    void nothingMeasuredIsNeitherMetNorMissed() {
        assertThat(Bar.of(results())).allMatch(bar -> bar.verdict() == Bar.Verdict.NOT_MEASURED);
    }

    @Test
    void ratioOfTheRoundsDecides() {
        assertThat(verdict("nginx", turn("plaintext", "loomgate", 90, 0), turn("plaintext", "nginx", 100, 0)))
                .isEqualTo(Bar.Verdict.PASS);
        assertThat(verdict("nginx", turn("plaintext", "loomgate", 89, 0), turn("plaintext", "nginx", 100, 0)))
                .isEqualTo(Bar.Verdict.FAIL);
    }

    @Test
    void oneErrorOfLoomgateIsAMiss() {
        assertThat(verdict("nginx", turn("plaintext", "loomgate", 200, 1), turn("plaintext", "nginx", 100, 0)))
                .isEqualTo(Bar.Verdict.FAIL);
        assertThat(verdict("none fails", turn(Scenarios.MAIN, "loomgate", 100, 1))).isEqualTo(Bar.Verdict.FAIL);
        assertThat(verdict("none fails", turn(Scenarios.MAIN, "loomgate", 100, 0))).isEqualTo(Bar.Verdict.PASS);
    }

    @Test
    void limitsAreMetWhenNotExceeded() {
        assertThat(verdict("idle connection", Turn.ofValue("idle", "loomgate", 1, 4096))).isEqualTo(Bar.Verdict.PASS);
        assertThat(verdict("idle connection", Turn.ofValue("idle", "loomgate", 1, 4097))).isEqualTo(Bar.Verdict.FAIL);
    }

    private static Bar.Verdict verdict(String name, Turn... turns) {
        return Bar.of(results(turns)).stream().filter(bar -> bar.name().contains(name)).findFirst().orElseThrow().verdict();
    }

    private static Turn turn(String scenario, String server, long requests, long errors) {
        var outcome = new Outcome(1, requests, errors == 0 ? Map.of() : Map.of("status", errors),
                new double[Outcome.PERCENTILES.length]);
        return new Turn(scenario, server, 1, "own", outcome, USAGE, 1, 1, Double.NaN);
    }

    private static Results results(Turn... turns) {
        return new Results(Settings.parse(), new Plan(List.of(), List.of()), List.of(turns), List.of(), Map.of(), Map.of(), Map.of());
    }
}
