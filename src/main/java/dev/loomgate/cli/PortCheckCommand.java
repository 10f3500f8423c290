package dev.loomgate.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;

import dev.loomgate.portcheck.NoProgramException;
import dev.loomgate.portcheck.PortReport;
import dev.loomgate.portcheck.ReportText;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code loomgate port-check}. */
@Command(name = "port-check", mixinStandardHelpOptions = true, versionProvider = Version.class,
        description = {"Reads old programs and says what runs unmodified, what needs work, and which route serves it.",
            "None of their code runs.%n"},
        exitCodeListHeading = "%nExit statuses:%n",
        exitCodeList = {" 0:nothing needs work", " 1:something does, or could not be read", " 2:the command line is wrong"})
final class PortCheckCommand implements Callable<Integer> {
    @Parameters(paramLabel = "PATH", arity = "1..*",
            description = "Jar, WAR, class, script, or a directory with any of these")
    private List<Path> paths;
    @Option(names = "--json", description = "Print JSON")
    private boolean json;
    @Option(names = "--java", paramLabel = "RELEASE", description = "Release of Java that is to run it; default: this one")
    private int java = Runtime.version().feature();
    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        try {
            PortReport report = PortReport.of(paths, java);
            if (json) {
                out.println(ReportText.json(report));
            } else {
                ReportText.print(report, out);
            }
            out.flush();
            return report.needsWork() ? ExitStatus.FAILED : ExitStatus.OK;
        } catch (NoSuchFileException e) {
            throw new CommandLine.ParameterException(spec.commandLine(), e.getFile() + " does not exist");
        } catch (NoProgramException e) {
            throw new CommandLine.ParameterException(spec.commandLine(), e.getMessage());
        } catch (IOException e) {
            spec.commandLine().getErr().println("loomgate: " + e);
            spec.commandLine().getErr().flush();
            return ExitStatus.FAILED;
        }
    }
}
