package dev.loomgate.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Callable;

import dev.loomgate.config.ConfigurationException;
import dev.loomgate.config.ThreadsConfig;
import dev.loomgate.server.Plan;
import dev.loomgate.server.Server;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code loomgate serve}. */
@Command(name = "serve", mixinStandardHelpOptions = true, versionProvider = Version.class,
        description = {"Serves what the configuration says, until SIGTERM or SIGINT (Ctrl-C).",
            "Requests in flight may then end within guard.drain-timeout; a second signal ends the process at once."})
final class ServeCommand implements Callable<Integer> {
    /** The first release in which a virtual thread that waits within synchronized does not hold its carrier (JEP 491). */
    private static final int UNPINNED = 24;

    @Mixin
    private ConfigurationFile file;
    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws InterruptedException {
        PrintWriter err = spec.commandLine().getErr();
        try (var signals = StopSignals.install()) {
            Plan plan = Plan.read(file.path());
            Server server = plan.start();
            printBanner(plan, server);
            String signal = signals.await();
            say("stopping on " + signal + ", " + server.connectionCount() + " connections open");
            boolean drained = server.stop();
            say(drained ? "stopped" : "stopped; some requests did not end in time and were broken off");
            return drained ? ExitStatus.OK : ExitStatus.FAILED;
        } catch (ConfigurationException e) {
            return ConfigurationFile.report(e, err);
        } catch (IOException e) {
            err.println("loomgate: " + e.getMessage());
            err.flush();
            return ExitStatus.FAILED;
        }
    }

    private void printBanner(Plan plan, Server server) {
        PrintWriter out = spec.commandLine().getOut();
        // the process knows when it began; asking the management beans for it would take as long as reading the configuration
        Duration uptime = ProcessHandle.current().info().startInstant()
                .map(start -> Duration.between(start, Instant.now())).orElse(Duration.ZERO);
        out.println("Loomgate " + Version.number() + " on Java " + Runtime.version().feature() + ", "
                + threads(plan.configuration().threads()) + ", up in " + uptime.toMillis() + " ms");
        out.println();
        server.addresses().forEach(address -> out.println("  " + address));
        server.adminAddress().ifPresent(address -> out.println("  " + address + "  (status, metrics and health)"));
        out.println();
        Summary.printRoutes(plan, out);
        Summary.printMissing(plan, out);
        if (Runtime.version().feature() < UNPINNED && plan.configuration().threads().model() == ThreadsConfig.Model.VIRTUAL) {
            out.println();
            out.println("  ! Java " + Runtime.version().feature() + " holds a whole processor thread while a virtual thread "
                    + "waits inside 'synchronized', as much old code does; Java 25 does not");
        }
        out.println();
        out.flush();
    }

    private static String threads(ThreadsConfig threads) {
        return switch (threads.model()) {
            case VIRTUAL -> "virtual threads";
            case PLATFORM -> "a pool of " + threads.pool() + " platform threads";
        };
    }

    private void say(String line) {
        spec.commandLine().getOut().println(line);
        spec.commandLine().getOut().flush();
    }
}
