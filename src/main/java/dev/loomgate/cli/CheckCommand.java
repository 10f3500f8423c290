package dev.loomgate.cli;

import java.io.PrintWriter;
import java.util.concurrent.Callable;

import dev.loomgate.config.Configuration;
import dev.loomgate.config.ConfigurationException;
import dev.loomgate.config.ListenerConfig;
import dev.loomgate.server.Plan;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code loomgate check}. */
@Command(name = "check", mixinStandardHelpOptions = true, versionProvider = Version.class,
        description = "Reads the configuration, prints every mistake, and what would be served. Starts nothing.")
final class CheckCommand implements Callable<Integer> {
    @Mixin
    private ConfigurationFile file;
    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        try (Plan plan = Plan.read(file.path())) {
            Configuration configuration = plan.configuration();
            out.println(file.path() + " is valid");
            out.println();
            for (ListenerConfig listener : configuration.listeners()) {
                out.println("  " + listener.uri(listener.port()) + (listener.port() == 0 ? " (any free port)" : ""));
            }
            Summary.printCertificates(plan, out);
            out.println();
            Summary.printRoutes(plan, out);
            Summary.printMissing(plan, out);
            out.flush();
            return ExitStatus.OK;
        } catch (ConfigurationException e) {
            return ConfigurationFile.report(e, spec.commandLine().getErr());
        }
    }
}
