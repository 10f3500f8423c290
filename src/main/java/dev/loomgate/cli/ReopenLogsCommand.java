package dev.loomgate.cli;

import java.io.IOException;

import dev.loomgate.control.ControlClient;
import picocli.CommandLine.Command;

/** {@code loomgate reopen-logs}. */
@Command(name = "reopen-logs", mixinStandardHelpOptions = true, versionProvider = Version.class,
        description = "Has the running server open its access log anew, after logrotate has moved the file away.")
final class ReopenLogsCommand extends RemoteCommand {
    @Override
    int run(ControlClient server) throws IOException {
        if (!isDone(server.send(request("reopen-logs").build()))) {
            return ExitStatus.FAILED;
        }
        say("opened anew");
        return ExitStatus.OK;
    }
}
