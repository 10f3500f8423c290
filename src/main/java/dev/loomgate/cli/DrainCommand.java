package dev.loomgate.cli;

import java.io.IOException;

import dev.loomgate.control.ControlClient;
import jakarta.json.JsonObject;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code loomgate drain}. */
@Command(name = "drain", mixinStandardHelpOptions = true, versionProvider = Version.class,
        description = {"Has the running server say that it is not ready (/health/ready on the admin listener), so that load balancers",
            "send requests elsewhere, and end each connection with its next response, so that clients come anew. It serves what comes all",
            "the same, and does not stop."})
final class DrainCommand extends RemoteCommand {
    @Option(names = "--end", description = "Say that it is ready again")
    private boolean end;

    @Override
    int run(ControlClient server) throws IOException {
        JsonObject answer = server.send(request("drain").add("end", end).build());
        if (!isDone(answer)) {
            return ExitStatus.FAILED;
        }
        say((answer.getBoolean("ready") ? "ready" : "not ready") + ", " + answer.getInt("connections") + " connections open");
        return ExitStatus.OK;
    }
}
