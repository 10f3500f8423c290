package dev.loomgate.cli;

import java.io.IOException;
import java.util.Optional;

import dev.loomgate.control.ControlClient;
import jakarta.json.JsonObject;
import picocli.CommandLine.Command;

/** {@code loomgate stop}. */
@Command(name = "stop", mixinStandardHelpOptions = true, versionProvider = Version.class,
        description = "Stops the running server as SIGTERM does, and waits until it has ended.")
final class StopCommand extends RemoteCommand {
    @Override
    int run(ControlClient server) throws IOException {
        JsonObject answer = server.send(request("stop").build());
        if (!isDone(answer)) {
            return ExitStatus.FAILED;
        }
        Optional<ProcessHandle> process = ProcessHandle.of(answer.getJsonNumber("pid").longValue());
        process.ifPresent(one -> one.onExit().join());
        say("stopped");
        return ExitStatus.OK;
    }
}
