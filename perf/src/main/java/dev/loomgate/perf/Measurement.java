package dev.loomgate.perf;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

import dev.loomgate.perf.load.GeneratorProcess;
import dev.loomgate.perf.load.Load;
import dev.loomgate.perf.load.Outcome;
import dev.loomgate.perf.load.Wrk;
import dev.loomgate.perf.server.Busy;
import dev.loomgate.perf.server.Cores;
import dev.loomgate.perf.server.Launcher;
import dev.loomgate.perf.server.Server;
import dev.loomgate.perf.server.ServerType;
import dev.loomgate.perf.server.ServerTypes;
import dev.loomgate.perf.server.Usage;

/**
 * Measures scenarios: all servers of one stay up, each takes its turn in every round, and one is under load at a time. So
 * whatever else the machine does falls on all of them alike. In the quick profile they stay up for the scenarios after it, too,
 * so that a JIT compiler need not begin again.
 */
final class Measurement {
    private static final int SLOW_READERS = 300;
    private static final int TIMEOUT_MILLIS = 2000;
    private static final int MOST_LOOKS = 40; // of 200 ms each: a server that was overloaded may go on for long
    /** More only cost time: what is to be compiled, is; and a server that can't hold more would be tormented. */
    private static final int WARMING_CLIENTS = 1000;
    private static final double AT_REST = 0.3;
    private static final int SCRIPT_TIMEOUT_MILLIS = 20_000; // a page by CGI may take long where the processor has much to do

    private final Launcher launcher;
    private final GeneratorProcess generator;
    private final Wrk wrk;
    private final Cores cores;
    private final Settings settings;
    private final Progress progress;
    private final List<Turn> turns = new ArrayList<>();
    private final List<String> failures = new ArrayList<>();
    private final Map<String, Server> running = new HashMap<>();

    Measurement(Launcher launcher, GeneratorProcess generator, Wrk wrk, Settings settings, Progress progress) {
        this.launcher = launcher;
        this.generator = generator;
        this.wrk = wrk;
        this.cores = launcher.cores();
        this.settings = settings;
        this.progress = progress;
    }

    List<Turn> turns() {
        return turns;
    }

    /** What could not be measured, and why. */
    List<String> failures() {
        return failures;
    }

    /** Measures a scenario; {@code needed}: servers that later ones need. */
    void run(Plan.Item item, Set<String> needed) throws IOException, InterruptedException {
        Scenario scenario = item.scenario();
        progress.say(scenario.name() + ": " + scenario.title() + " (" + String.join(", ", item.servers()) + ")");
        if (!scenario.kind().isRate()) {
            new Single(launcher, generator, settings, progress, turns, failures).run(item);
            progress.finished(item.seconds(settings));
            return;
        }
        Map<String, Server> servers = start(item);
        try {
            double each = item.seconds(settings) / item.servers().size() / (item.rounds() + 1);
            for (Server server : servers.values()) {
                warmUp(item, server);
                progress.finished(each);
            }
            for (int round = 1; round <= item.rounds(); round++) {
                for (Server server : servers.values()) {
                    for (String tool : item.tools()) {
                        Turn turn = turn(item, server, round, tool);
                        turns.add(turn);
                        progress.say(String.format("%s: round %d of %d, %s: %,.0f requests/s%s", scenario.name(), round, item.rounds(),
                                server.name(), turn.figure(), turn.errors() > 0 ? ", " + turn.errors() + " ERRORS" : ""));
                    }
                    progress.finished(each);
                }
            }
        } finally {
            for (Server server : servers.values()) {
                if (settings.full() || !needed.contains(server.name())) {
                    running.remove(server.name());
                    launcher.stop(server);
                }
            }
        }
    }

    private Map<String, Server> start(Plan.Item item) {
        var servers = new LinkedHashMap<String, Server>();
        for (String name : item.servers()) {
            try {
                Server server = running.get(name);
                if (server == null) {
                    server = launcher.start(ServerTypes.named(name));
                    running.put(name, server);
                }
                servers.put(name, server);
                Answers.check(server, item.scenario(), launcher.site());
            } catch (IOException e) {
                failures.add(item.scenario().name() + ", " + name + ": " + e.getMessage());
                progress.say(item.scenario().name() + ", " + name + ": LEFT OUT: " + e.getMessage());
                Server started = servers.remove(name);
                if (started != null) {
                    running.remove(name);
                    stopQuietly(started);
                }
            }
        }
        return servers;
    }

    private void stopQuietly(Server server) {
        try {
            launcher.stop(server);
        } catch (IOException e) {
            System.err.println(e); // it is ended at the end at the latest
        }
    }

    /** Load until the server does not get faster any more, or for as long as is set. */
    private void warmUp(Plan.Item item, Server server) throws IOException, InterruptedException {
        var windows = new ArrayList<Double>();
        double length = Math.max(1, settings.warmUp() / 6.0);
        boolean compiled = server.type().family() == ServerType.Family.NATIVE_PEER;
        double most = compiled ? Math.min(2, length) : item.warmUp(server.type(), settings);
        int clients = Math.min(item.connections(), WARMING_CLIENTS);
        while (windows.size() * length < most && (item.isBusyElsewhere(server.type()) || !Statistics.isStable(windows))) {
            Outcome outcome = load(item, server, item.tools().getFirst(), item.scenario().warmUpPath(), clients, length);
            windows.add(outcome.rate());
            boolean better = windows.size() < 2 || windows.getLast() > 1.1 * windows.get(windows.size() - 2);
            if (outcome.failed() > 0 && !better) {
                break; // of no use to torment one that is overloaded, and not only cold
            }
        }
        if (item.scenario().ability() == ServerType.Ability.SCRIPTS) {
            // its own processes begin
            load(item, server, item.tools().getFirst(), item.scenario().path(), clients, Math.min(most, 1));
        }
        progress.say(item.scenario().name() + ": warmed up " + server.name());
    }

    private Turn turn(Plan.Item item, Server server, int round, String tool) throws IOException, InterruptedException {
        awaitRest();
        boolean slow = item.scenario().kind() == Scenario.Kind.SLOW_READERS;
        if (slow) {
            generator.slow(server.port(), server.type().prefix() + "/bytes/1048576", SLOW_READERS);
        }
        Usage.resetPeak(server.session());
        Usage before = Usage.of(server.session());
        Busy serverBusy = Busy.of(cores.server());
        Busy loadBusy = Busy.of(cores.load());
        Outcome outcome = load(item, server, tool, item.scenario().path(), item.connections(), item.turnSeconds(settings));
        double serverShare = Busy.of(cores.server()).since(serverBusy);
        double loadShare = Busy.of(cores.load()).since(loadBusy);
        Usage usage = Usage.of(server.session()).since(before);
        if (slow) {
            int lost = generator.release();
            if (lost > 0) {
                outcome.errors().merge("slow-reader", (long) lost, Long::sum);
            }
        }
        return new Turn(item.scenario().name(), server.name(), round, tool, outcome, usage, serverShare, loadShare, Double.NaN);
    }

    /** Waits for what the one before has left: one that was overloaded works on for seconds, which would count for the next. */
    private void awaitRest() throws IOException, InterruptedException {
        double share = 1;
        for (int look = 0; look < MOST_LOOKS && share > AT_REST; look++) {
            Busy before = Busy.of(cores.server());
            Thread.sleep(200);
            share = Busy.of(cores.server()).since(before);
        }
    }

    private Outcome load(Plan.Item item, Server server, String tool, String path, int connections, double seconds)
            throws IOException, InterruptedException {
        Scenario scenario = item.scenario();
        Load.Mode mode = switch (scenario.kind()) {
            case OPEN -> Load.Mode.OPEN;
            case CHURN -> Load.Mode.CHURN;
            default -> Load.Mode.CLOSED;
        };
        boolean script = scenario.path().startsWith("/cgi/") || scenario.path().startsWith("/fork/");
        var load = new Load(mode, server.port(), server.type().prefix() + path, connections, seconds,
                scenario.rate(), script ? SCRIPT_TIMEOUT_MILLIS : TIMEOUT_MILLIS);
        Outcome outcome = tool.equals("wrk") ? wrk.run(load) : generator.run(load);
        return new Outcome(outcome.seconds(), outcome.requests(), new LinkedHashMap<>(outcome.errors()), outcome.millis());
    }
}
