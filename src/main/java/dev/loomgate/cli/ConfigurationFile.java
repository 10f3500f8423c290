package dev.loomgate.cli;

import java.io.PrintWriter;
import java.nio.file.Path;

import dev.loomgate.config.ConfigurationException;
import dev.loomgate.config.Problem;
import picocli.CommandLine.Option;

/** The option that every command has. */
final class ConfigurationFile {
    // the launcher says where the distribution is
    @Option(names = {"-c", "--config"}, paramLabel = "FILE", defaultValue = "${sys:loomgate.home:-.}/conf/loomgate.yaml",
            description = "Configuration file; default: ${DEFAULT-VALUE}")
    private Path path;

    Path path() {
        return path.normalize();
    }

    /** Prints every mistake and returns the exit status. */
    static int report(ConfigurationException failure, PrintWriter err) {
        for (Problem problem : failure.problems()) {
            err.println(problem);
        }
        int count = failure.problems().size();
        err.println(count == 1 ? "1 mistake" : count + " mistakes");
        err.flush();
        return ExitStatus.CONFIGURATION;
    }
}
