package dev.loomgate.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** The command {@code loomgate}. */
@Command(name = "loomgate",
        description = "Serves old CGI programs and Java handlers, REST services and files on virtual threads.",
        subcommands = {ServeCommand.class, CheckCommand.class, PortCheckCommand.class, StatusCommand.class,
            ReloadCommand.class, UpgradeCommand.class, DrainCommand.class, StopCommand.class, LogLevelCommand.class,
            ReopenLogsCommand.class, DevCertCommand.class, HelpCommand.class},
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        exitCodeListHeading = "%nExit statuses:%n",
        exitCodeList = {
            " 0:all went well; serve: stopped by SIGTERM or SIGINT (Ctrl-C), all requests ended in time",
            " 1:the server could not start, or requests had to be broken off when it stopped; port-check: something needs work;"
                + " status, reload and the like: no server runs, or it could not do it",
            " 2:the command line is wrong",
            "78:the configuration has mistakes"})
public final class CommandLineInterface implements Runnable {
    @Spec
    private CommandSpec spec;

    private CommandLineInterface() {
    }

    /**
     * Runs a command line to its end.
     *
     * @param arguments words after the program's name
     * @return exit status for the process
     */
    public static int run(String... arguments) {
        Optional<Path> file = ConfigurationFile.ofPlainWords(arguments);
        if (file.isPresent()) {
            return serve(file.get(), arguments);
        }
        return commandLine().execute(arguments);
    }

    /**
     * What {@link ServeCommand} does, without picocli, which would take a third of the time until the server answers: it is made for
     * Java 5, and the JVM keeps no classes in its caches that are so old.
     */
    private static int serve(Path file, String... arguments) {
        var out = new PrintWriter(System.out, true);
        var err = new PrintWriter(System.err, true);
        try {
            return new ServerRun(file, null, List.of(arguments), out, err).run();
        } catch (InterruptedException | RuntimeException e) {
            return report(e, err);
        }
    }

    static CommandLine commandLine() {
        return new CommandLine(new CommandLineInterface())
                .setExecutionExceptionHandler((failure, command, parsed) -> report(failure, command.getErr()));
    }

    private static int report(Exception failure, PrintWriter err) {
        // no one but us makes these: the whole story is needed to mend it
        err.println("loomgate: unexpected failure; please report it with what follows");
        failure.printStackTrace(err);
        err.flush();
        return ExitStatus.FAILED;
    }

    @Override
    public void run() {
        throw new CommandLine.ParameterException(spec.commandLine(), "a command is missing: serve, check, port-check, status, reload,\n"
                + "upgrade, drain, stop, log-level or reopen-logs");
    }
}
