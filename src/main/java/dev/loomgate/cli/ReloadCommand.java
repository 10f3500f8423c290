package dev.loomgate.cli;

import java.io.IOException;

import dev.loomgate.control.ControlClient;
import jakarta.json.JsonObject;
import jakarta.json.JsonString;
import picocli.CommandLine.Command;

/** {@code loomgate reload}. */
@Command(name = "reload", mixinStandardHelpOptions = true, versionProvider = Version.class,
        description = {"Has the running server read its configuration again. Connections stay open, requests in flight finish as they",
            "began. If the file has mistakes, they are printed and the server goes on with what it has."})
final class ReloadCommand extends RemoteCommand {
    @Override
    int run(ControlClient server) throws IOException {
        JsonObject answer = server.send(request("reload").build());
        if (!isDone(answer)) {
            return answer.containsKey("problems") ? ExitStatus.CONFIGURATION : ExitStatus.FAILED;
        }
        say("reloaded; configuration " + answer.getInt("revision") + " since the start");
        answer.getJsonArray("notes").getValuesAs(JsonString.class).forEach(note -> say("  ! " + note.getString()));
        return ExitStatus.OK;
    }
}
