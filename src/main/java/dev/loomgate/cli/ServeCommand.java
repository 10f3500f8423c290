package dev.loomgate.cli;

import java.nio.file.Path;
import java.util.concurrent.Callable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code loomgate serve}. */
@Command(name = "serve", mixinStandardHelpOptions = true, versionProvider = Version.class,
        description = {"Serves what the configuration says, until SIGTERM, SIGINT (Ctrl-C) or 'loomgate stop'.",
            "Requests in flight may then end within guard.drain-timeout; a second signal ends the process at once.",
            "SIGHUP reads the configuration again, SIGUSR1 opens log files again, SIGUSR2 starts a new process in this one's "
                + "place."})
final class ServeCommand implements Callable<Integer> {
    @Mixin
    private ConfigurationFile file;
    @Option(names = "--pid-file", paramLabel = "FILE", description = "File to write the process id to")
    private Path pidFile;
    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws InterruptedException {
        return new ServerRun(file.path(), pidFile, spec.root().commandLine().getParseResult().originalArgs(),
                spec.commandLine().getOut(), spec.commandLine().getErr()).run();
    }
}
