package dev.loomgate.perf;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

import dev.loomgate.perf.load.Wrk;
import dev.loomgate.perf.server.Cores;
import dev.loomgate.perf.server.Launcher;
import dev.loomgate.perf.server.Machine;
import dev.loomgate.perf.server.Programs;

/** The program: measures what its arguments say ({@link Settings}) and writes the report. */
public final class Compare {
    private Compare() {}

    public static void main(String[] args) throws Exception {
        Settings settings;
        Plan plan;
        try {
            settings = Settings.parse(args);
            plan = Plan.of(settings);
        } catch (IllegalArgumentException e) {
            System.err.println("perf: " + e.getMessage());
            System.exit(2);
            return;
        }
        if (plan.items().isEmpty()) {
            System.err.println("perf: none of these servers takes part in one of these scenarios");
            System.exit(2);
        }
        endWithMaven();
        Path perf = Path.of(System.getProperty("perf.directory", ".")).toAbsolutePath().normalize();
        measure(settings, plan, perf, Distribution.of(perf));
        System.exit(0); // whatever threads there are
    }

    private static void measure(Settings settings, Plan plan, Path perf, Path distribution)
            throws IOException, InterruptedException {
        Cores cores = Cores.ofThisMachine();
        double load = Machine.loadAverage();
        try (var launcher = new Launcher(distribution, perf, cores, settings.database())) {
            Runtime.getRuntime().addShutdownHook(new Thread(launcher::close));
            var progress = new Progress(System.out, plan.seconds(settings));
            plan.skipped().forEach(what -> progress.say("left out: " + what));
            var command = new java.util.ArrayList<>(Cores.pin(cores.load()));
            command.add("wrk");
            var measurement = new Measurement(launcher, launcher.generator(), new Wrk(command, perf.resolve("wrk.lua")), settings,
                    progress);
            Map<String, String> versions = versions();
            Path directory = Files.createDirectories(perf.resolve("target/report"));
            if (plan.names("backend")) {
                launcher.backend();
            }
            for (int i = 0; i < plan.items().size(); i++) {
                measurement.run(plan.items().get(i), plan.serversAfter(i));
                // after each, so that there is something to read if the run is ended before its time
                var facts = new LinkedHashMap<String, String>();
                facts.put("Machine", Machine.description());
                facts.put("Processors", cores.server().isEmpty() ? "shared by server and load generator"
                        : "server on " + cores.server() + ", load generator on " + cores.load());
                facts.put("Load average before", String.valueOf(load));
                facts.put("Commit", Distribution.commit(perf));
                facts.put("Took", Math.round(progress.elapsed()) + " s");
                Report.write(new Results(settings, plan, measurement.turns(), measurement.failures(), facts, versions,
                        launcher.commands()), directory);
            }
            System.out.println("Report: " + directory.resolve("index.html"));
        }
    }

    /** Of what is installed. */
    private static Map<String, String> versions() {
        var versions = new LinkedHashMap<String, String>();
        versions.put("Java", Runtime.version().toString());
        for (String jar : System.getProperty("java.class.path").split(":")) {
            String name = Path.of(jar).getFileName().toString();
            if (name.matches("(tomcat-embed-core|jetty-server|undertow-core|vertx-core|helidon-webserver|h2|HdrHistogram)-\\d.*")) {
                int dash = name.replaceAll("-\\d.*", "").length();
                versions.put(name.substring(0, dash), name.substring(dash + 1).replace(".jar", ""));
            }
        }
        String[][] programs = {{"nginx", "-v"}, {"lighttpd", "-v"}, {"apache2", "-v"}, {"php-cgi", "-v"}, {"perl", "-v"},
                {"python3", "-V"}, {"wrk", "-v"}};
        for (String[] program : programs) {
            String path = Programs.find(program[0]);
            if (path != null) {
                versions.put(program[0], Programs.firstLine(path, program[1]));
            }
        }
        return versions;
    }

    /** Maven that was killed can't end what it has started. */
    private static void endWithMaven() {
        ProcessHandle.current().parent().ifPresent(parent -> parent.onExit().thenRun(() -> System.exit(130)));
    }
}
