package dev.loomgate.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;

import dev.loomgate.config.ControlConfig;
import dev.loomgate.control.ControlClient;
import dev.loomgate.control.ControlPlace;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import jakarta.json.JsonString;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** A command that a running server carries out: the one that runs with the same configuration file. */
abstract class RemoteCommand implements Callable<Integer> {
    @Mixin
    private ConfigurationFile file;
    @Spec
    private CommandSpec spec;

    @Override
    public final Integer call() {
        PrintWriter err = err();
        try (ControlClient server = ControlClient.connect(places())) {
            return run(server);
        } catch (IOException e) {
            err.println("loomgate: " + e.getMessage());
            err.flush();
            return ExitStatus.FAILED;
        }
    }

    private List<Path> places() {
        return ControlConfig.of(file.path()).socket().map(List::of)
                .orElseGet(() -> ControlPlace.candidates(file.path(), System.getenv()));
    }

    /** Does what the command is for; returns the exit status. */
    abstract int run(ControlClient server) throws IOException;

    /** A request to be completed. */
    static JsonObjectBuilder request(String command) {
        return Json.createObjectBuilder().add("command", command);
    }

    /** Sends a request, and prints why it failed if it did. */
    final boolean isDone(JsonObject answer) {
        if (answer.getBoolean("ok", false)) {
            return true;
        }
        if (answer.containsKey("problems")) {
            answer.getJsonArray("problems").getValuesAs(JsonString.class).forEach(problem -> err().println(problem.getString()));
        }
        err().println("loomgate: " + answer.getString("error", "the server gave no reason"));
        err().flush();
        return false;
    }

    final void say(String line) {
        spec.commandLine().getOut().println(line);
        spec.commandLine().getOut().flush();
    }

    private PrintWriter err() {
        return spec.commandLine().getErr();
    }
}
