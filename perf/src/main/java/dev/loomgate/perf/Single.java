package dev.loomgate.perf;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import dev.loomgate.perf.load.GeneratorProcess;
import dev.loomgate.perf.load.Load;
import dev.loomgate.perf.server.Launcher;
import dev.loomgate.perf.server.Server;
import dev.loomgate.perf.server.ServerTypes;

/** Scenarios for which a server is started anew in each round: what is measured is of its life, not of a load. */
final class Single {
    private static final Pattern TOTAL = Pattern.compile("(?m)^Total\\s+\\d+\\s+(\\d+)");
    private static final Pattern YOUNG = Pattern.compile("PSYoungGen\\s+total \\d+K, used (\\d+)K");

    /** No collection meanwhile; and threads take small pieces of the heap, since what is left of a piece counts as used. */
    private static final List<String> COUNTED = List.of("-Xms2600m", "-Xmn2g", "-XX:-ResizeTLAB", "-XX:TLABSize=256k");

    private static final int LEAST_WINDOWS = 5;
    private static final int MOST_WINDOWS = 12;
    private static final double STILL = 0.97;

    private final Launcher launcher;
    private final GeneratorProcess generator;
    private final Settings settings;
    private final Progress progress;
    private final List<Turn> turns;
    private final List<String> failures;

    Single(Launcher launcher, GeneratorProcess generator, Settings settings, Progress progress, List<Turn> turns,
            List<String> failures) {
        this.launcher = launcher;
        this.generator = generator;
        this.settings = settings;
        this.progress = progress;
        this.turns = turns;
        this.failures = failures;
    }

    void run(Plan.Item item) throws IOException, InterruptedException {
        Scenario scenario = item.scenario();
        Path cached = item.servers().contains(Plan.CACHED) ? cached() : null;
        for (int round = 1; round <= item.rounds(); round++) {
            for (String name : item.servers()) {
                boolean withCache = name.equals(Plan.CACHED);
                List<String> options = scenario.kind() == Scenario.Kind.ALLOCATION ? COUNTED : List.of();
                try {
                    Server server = launcher.start(ServerTypes.named(withCache ? "loomgate" : name),
                            withCache ? cached : launcher.distribution(), options, scenario.kind() != Scenario.Kind.START);
                    try {
                        double value = measure(item, server);
                        turns.add(Turn.ofValue(scenario.name(), name, round, value));
                        progress.say(String.format("%s: round %d of %d, %s: %,.1f %s", scenario.name(), round, item.rounds(), name, value,
                                scenario.kind().unit));
                    } finally {
                        launcher.stop(server);
                    }
                } catch (IOException e) {
                    failures.add(scenario.name() + ", " + name + ": " + e.getMessage());
                    progress.say(scenario.name() + ", " + name + ": LEFT OUT: " + e.getMessage());
                }
            }
        }
    }

    private double measure(Plan.Item item, Server server) throws IOException, InterruptedException {
        return switch (item.scenario().kind()) {
            case START -> server.startTook().toNanos() / 1e6;
            case IDLE -> idle(item, server);
            case ALLOCATION -> allocation(item, server);
            case PEAK -> peak(item, server);
            default -> throw new IllegalArgumentException(item.scenario().name());
        };
    }

    private double idle(Plan.Item item, Server server) throws IOException {
        generator.run(load(item, server, 16, 1));
        long before = number(TOTAL, jcmd(server, "GC.class_histogram"));
        generator.idle(server.port(), item.scenario().path(), item.connections());
        try {
            return (double) (number(TOTAL, jcmd(server, "GC.class_histogram")) - before) / item.connections();
        } finally {
            generator.release();
        }
    }

    /** What is interpreted or compiled in haste makes objects that go when it is compiled well: goes on until they have gone. */
    private double allocation(Plan.Item item, Server server) throws IOException {
        double before = Double.MAX_VALUE;
        double each = allocated(item, server);
        for (int window = 1; window < LEAST_WINDOWS || window < MOST_WINDOWS && each < STILL * before; window++) {
            before = each;
            each = allocated(item, server);
        }
        return each;
    }

    private double allocated(Plan.Item item, Server server) throws IOException {
        jcmd(server, "GC.run");
        long before = number(YOUNG, jcmd(server, "GC.heap_info"));
        long requests = generator.run(load(item, server, item.connections(), settings.seconds())).requests();
        long after = number(YOUNG, jcmd(server, "GC.heap_info"));
        if (after <= before || requests == 0) {
            throw new IOException("the heap was collected meanwhile; take a smaller -Dseconds");
        }
        return (after - before) * 1024.0 / requests;
    }

    private double peak(Plan.Item item, Server server) throws IOException {
        double[] rates = new double[15];
        for (int second = 0; second < rates.length; second++) {
            rates[second] = generator.run(load(item, server, item.connections(), 1)).rate();
        }
        double best = Statistics.median(java.util.Arrays.copyOfRange(rates, 10, 15));
        int second = 0;
        while (rates[second] < 0.9 * best) {
            second++;
        }
        return server.startTook().toMillis() / 1e3 + second;
    }

    private static Load load(Plan.Item item, Server server, int connections, double seconds) {
        return new Load(Load.Mode.CLOSED, server.port(), item.scenario().path(), connections, seconds, 0, 10_000);
    }

    private static String jcmd(Server server, String command) throws IOException {
        Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                String.valueOf(server.session().id()), command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        return new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
    }

    private static long number(Pattern pattern, String text) throws IOException {
        Matcher matcher = pattern.matcher(text);
        if (!matcher.find()) {
            throw new IOException("jcmd says '" + text.lines().limit(5).toList() + "'");
        }
        return Long.parseLong(matcher.group(1));
    }

    /** A copy of the distribution, with a cache made by its own program. */
    private Path cached() throws IOException, InterruptedException {
        Path copy = launcher.work().resolve("cached");
        if (!Files.exists(copy)) {
            Process copying = new ProcessBuilder("cp", "-a", launcher.distribution().toString(), copy.toString()).inheritIO().start();
            copying.waitFor();
            progress.say("start: bin/loomgate-aot makes the cache");
            var making = new ProcessBuilder(copy.resolve("bin/loomgate-aot").toString()).redirectErrorStream(true);
            making.environment().put("JAVA_HOME", System.getProperty("java.home"));
            making.redirectOutput(launcher.work().resolve("aot.log").toFile());
            if (making.start().waitFor() != 0) {
                throw new IOException("bin/loomgate-aot failed: " + Files.readString(launcher.work().resolve("aot.log")));
            }
        }
        return copy;
    }
}
