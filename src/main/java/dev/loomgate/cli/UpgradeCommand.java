package dev.loomgate.cli;

import java.io.IOException;

import dev.loomgate.control.ControlClient;
import jakarta.json.JsonObject;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code loomgate upgrade}. */
@Command(name = "upgrade", mixinStandardHelpOptions = true, versionProvider = Version.class,
        description = {"Starts a new process, with what is installed now, in the place of the running one. No connection is lost: the new",
            "one gets the listening sockets, the old one finishes what it has. If the new one does not become ready, it is ended,",
            "and the old one goes on as if nothing had happened."})
final class UpgradeCommand extends RemoteCommand {
    @Option(names = "--timeout", paramLabel = "SECONDS", defaultValue = "60",
            description = "How long the new process may take to become ready; default: ${DEFAULT-VALUE}")
    private int timeout;

    @Override
    int run(ControlClient server) throws IOException {
        JsonObject answer = server.send(request("upgrade").add("timeout", timeout).build());
        if (!isDone(answer)) {
            return ExitStatus.FAILED;
        }
        say("process " + answer.getJsonNumber("pid") + " serves now; the one before it finishes what it has");
        return ExitStatus.OK;
    }
}
