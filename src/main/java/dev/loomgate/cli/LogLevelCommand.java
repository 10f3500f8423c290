package dev.loomgate.cli;

import java.io.IOException;

import dev.loomgate.control.ControlClient;
import jakarta.json.JsonObjectBuilder;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code loomgate log-level}. */
@Command(name = "log-level", mixinStandardHelpOptions = true, versionProvider = Version.class,
        description = "Changes what the running server logs, until it is changed again or the configuration is reloaded.")
final class LogLevelCommand extends RemoteCommand {
    @Parameters(index = "0", paramLabel = "LOGGER", description = "A package or class, such as dev.loomgate.gateway; 'root' for all")
    private String logger;
    @Parameters(index = "1", arity = "0..1", paramLabel = "LEVEL", defaultValue = "",
            description = "off, error, warn, info, debug or trace; none to follow the package above")
    private String level;

    @Override
    int run(ControlClient server) throws IOException {
        JsonObjectBuilder request = request("log-level").add("logger", logger.equals("root") ? "" : logger).add("level", level);
        if (!isDone(server.send(request.build()))) {
            return ExitStatus.FAILED;
        }
        say(logger + (level.isEmpty() ? " follows the package above" : " logs at level " + level));
        return ExitStatus.OK;
    }
}
