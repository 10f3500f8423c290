package dev.loomgate.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;

import dev.loomgate.tls.DevCertificate;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code loomgate dev-cert}. */
@Command(name = "dev-cert", mixinStandardHelpOptions = true, versionProvider = Version.class,
        description = {"Makes a certificate with its key for HTTPS on this machine: dev-cert.pem and dev-key.pem.",
            "It signs itself, so browsers warn until they are told to trust it. Files that exist are left alone.%n"},
        exitCodeListHeading = "%nExit statuses:%n",
        exitCodeList = {" 0:both files were written", " 1:they could not be", " 2:the command line is wrong"})
final class DevCertCommand implements Callable<Integer> {
    private static final int MOST_DAYS = 3650;

    @Parameters(paramLabel = "NAME", arity = "0..*",
            description = "Host names and addresses it is for; default: localhost 127.0.0.1 ::1")
    private List<String> names = List.of("localhost", "127.0.0.1", "::1");
    @Option(names = {"-d", "--directory"}, paramLabel = "DIRECTORY", description = "Where the files go; default: the working directory")
    private Path directory = Path.of("");
    @Option(names = "--days", paramLabel = "DAYS", description = "How long it is valid, 1 to 3650; default: 365")
    private int days = 365;
    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        if (days < 1 || days > MOST_DAYS) {
            throw new CommandLine.ParameterException(spec.commandLine(), "--days: found " + days + "; 1 to " + MOST_DAYS + " are allowed");
        }
        try {
            DevCertificate made = DevCertificate.write(directory, names, days);
            PrintWriter out = spec.commandLine().getOut();
            out.println("wrote " + made.certificate() + " and " + made.key() + ", for " + String.join(", ", names));
            out.println();
            out.println("listeners:");
            out.println("  - port: 8443");
            out.println("    tls: {certificate: " + made.certificate().toAbsolutePath() + ", key: " + made.key().toAbsolutePath() + "}");
            out.println();
            out.println("curl --cacert " + made.certificate() + " https://" + names.getFirst() + ":8443/");
            out.flush();
            return ExitStatus.OK;
        } catch (FileAlreadyExistsException e) {
            return failed(e.getFile() + " exists already: remove it, or choose another --directory");
        } catch (IOException e) {
            return failed("no certificate could be written: " + e);
        } catch (IllegalArgumentException e) {
            throw new CommandLine.ParameterException(spec.commandLine(), "a name can't be in a certificate: " + e.getMessage());
        }
    }

    private int failed(String reason) {
        spec.commandLine().getErr().println("loomgate: " + reason);
        spec.commandLine().getErr().flush();
        return ExitStatus.FAILED;
    }
}
