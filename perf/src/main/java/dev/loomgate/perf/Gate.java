package dev.loomgate.perf;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import dev.loomgate.perf.load.GeneratorProcess;
import dev.loomgate.perf.load.Load;
import dev.loomgate.perf.load.Outcome;
import dev.loomgate.perf.load.Wrk;
import dev.loomgate.perf.server.Cores;
import dev.loomgate.perf.server.Launcher;
import dev.loomgate.perf.server.Programs;
import dev.loomgate.perf.server.Server;
import dev.loomgate.perf.server.ServerTypes;

/**
 * The program behind perf/gate: two distributions of Loomgate in pairs, on four scenarios. Ends with status 1 if the second one
 * is slower than the first by more than the noise of the pairs and more than 2 %, or has errors that the first has not.
 */
final class Gate {
    private static final double UNNOTICED = 0.02;

    private record Case(String scenario, int connections) {}

    private static final List<Case> CASES = List.of(new Case("plaintext", 64), new Case("wait-100-10000", 2000),
            new Case("static-1k", 32), new Case("python", 8));

    private final Launcher launcher;
    private final GeneratorProcess generator;
    private final Wrk wrk;
    private final int rounds;
    private final double seconds;

    private Gate(Launcher launcher, int rounds, double seconds) throws IOException {
        this.launcher = launcher;
        this.generator = launcher.generator();
        var command = new ArrayList<>(Cores.pin(launcher.cores().load()));
        command.add("wrk");
        this.wrk = new Wrk(command, Path.of(System.getProperty("perf.directory"), "wrk.lua"));
        this.rounds = rounds;
        this.seconds = seconds;
    }

    /** Arguments: the two distributions, old and new; rounds; seconds of a turn. */
    public static void main(String[] args) throws Exception {
        Path old = Path.of(args[0]).toAbsolutePath();
        Path candidate = Path.of(args[1]).toAbsolutePath();
        for (Path distribution : List.of(old, candidate)) {
            if (!Files.isExecutable(distribution.resolve("bin/loomgate"))) {
                System.err.println("gate: " + distribution + " is no distribution of Loomgate: bin/loomgate is missing");
                System.exit(2);
            }
        }
        Path perf = Path.of(System.getProperty("perf.directory"));
        boolean slower = false;
        try (var launcher = new Launcher(old, perf, Cores.ofThisMachine(), "")) {
            Runtime.getRuntime().addShutdownHook(new Thread(launcher::close));
            var gate = new Gate(launcher, Integer.parseInt(args[2]), Double.parseDouble(args[3]));
            System.out.printf("%-16s %12s %12s %9s %9s  %s%n", "scenario", "old, 1/s", "new, 1/s", "new/old", "noise", "verdict");
            for (Case one : CASES) {
                slower |= gate.isSlower(one, old, candidate);
            }
        }
        System.exit(slower ? 1 : 0);
    }

    private boolean isSlower(Case one, Path old, Path candidate) throws IOException, InterruptedException {
        Scenario scenario = Scenarios.named(one.scenario());
        Server first = launcher.start(ServerTypes.named("loomgate"), old, List.of(), true);
        Server second = launcher.start(ServerTypes.named("loomgate"), candidate, List.of(), true);
        try {
            Answers.check(first, scenario, launcher.site());
            Answers.check(second, scenario, launcher.site());
            for (int i = 0; i < 3; i++) { // both warm up in turns
                load(one, scenario, first);
                load(one, scenario, second);
            }
            var before = new ArrayList<Double>();
            var after = new ArrayList<Double>();
            long errorsBefore = 0;
            long errorsAfter = 0;
            for (int round = 0; round < rounds; round++) {
                // the order changes from pair to pair, so that a drift of the machine favours nobody
                Outcome[] pair = new Outcome[2];
                pair[round % 2] = load(one, scenario, round % 2 == 0 ? first : second);
                pair[1 - round % 2] = load(one, scenario, round % 2 == 0 ? second : first);
                before.add(pair[0].rate());
                after.add(pair[1].rate());
                errorsBefore += pair[0].failed();
                errorsAfter += pair[1].failed();
            }
            double[] ratios = Statistics.ratios(after, before);
            double ratio = Statistics.median(ratios);
            double noise = Statistics.uncertainty(ratios);
            boolean failed = errorsAfter > 0 && errorsBefore == 0;
            boolean slower = isSlower(ratios);
            System.out.printf("%-16s %,12.0f %,12.0f %9.3f %9s  %s%n", scenario.name(),
                    Statistics.median(before.stream().mapToDouble(Double::doubleValue).toArray()),
                    Statistics.median(after.stream().mapToDouble(Double::doubleValue).toArray()), ratio,
                    String.format("± %.3f", noise), failed ? errorsAfter + " ERRORS" : slower ? "SLOWER" : "ok");
            return slower || failed;
        } finally {
            launcher.stop(first);
            launcher.stop(second);
        }
    }

    /** Whether ratios of new to old tell that the new one is slower. */
    static boolean isSlower(double... ratios) {
        return Statistics.median(ratios) < 1 - Math.max(UNNOTICED, Statistics.uncertainty(ratios));
    }

    private Outcome load(Case one, Scenario scenario, Server server) throws IOException, InterruptedException {
        var load = new Load(Load.Mode.CLOSED, server.port(), scenario.path(), one.connections(), seconds, 0, 20_000);
        return scenario.wrk() && Programs.find("wrk") != null ? wrk.run(load) : generator.run(load);
    }
}
