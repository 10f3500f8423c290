package dev.loomgate.cli;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import dev.loomgate.control.ControlClient;
import jakarta.json.JsonObject;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code loomgate status}. */
@Command(name = "status", mixinStandardHelpOptions = true, versionProvider = Version.class,
        description = "Says how the running server is.")
final class StatusCommand extends RemoteCommand {
    private static final String CLEAR = "\033[H\033[2J";

    @Option(names = "--json", description = "Print all there is, as one line of JSON")
    private boolean json;
    @Option(names = "--watch", description = "Print it again every two seconds, until it is interrupted")
    private boolean watch;

    @Override
    int run(ControlClient server) throws IOException {
        while (true) {
            JsonObject answer = server.send(request("status").build());
            if (!isDone(answer)) {
                return ExitStatus.FAILED;
            }
            JsonObject status = answer.getJsonObject("status");
            say((watch && !json ? CLEAR : "") + (json ? status.toString() : StatusTable.of(status)));
            if (!watch) {
                return ExitStatus.OK;
            }
            LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(2));
        }
    }
}
