package dev.loomgate.gateway.forkserver;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * What starts a driver.
 *
 * @param script      the script, absolute
 * @param interpreter what runs it
 * @param environment variables that the driver has while it loads the script
 * @param memoryLimit bytes of address space of each process, if that is bounded
 * @param grace       time between SIGTERM and SIGKILL for a child that is ended
 * @param limit       how long loading may take
 * @param requests    how many requests a child serves before it ends, 1 or more
 * @param ahead       whether children may be forked ahead of requests
 */
record Launch(Path script, Interpreter interpreter, Map<String, String> environment, OptionalLong memoryLimit,
              Duration grace, Duration limit, int requests, boolean ahead) {
    /** The command: the interpreter with its switches, the driver, the script. */
    List<String> command(Path drivers, Path socket, Path control) {
        var command = new ArrayList<String>();
        memoryLimit.ifPresent(bytes -> command.addAll(List.of("/bin/sh", "-c",
                "ulimit -v " + Math.max(1, bytes / 1024) + " && exec \"$0\" \"$@\"")));
        command.addAll(interpreter.words());
        long seconds = Math.max(1, grace.plusMillis(999).toSeconds());
        command.addAll(interpreter.language().words(drivers, socket, control, seconds, requests, ahead));
        command.add(script.toString());
        return command;
    }

    /** A process for it, not yet started. */
    ProcessBuilder process(Path drivers, Path socket, Path control) {
        var builder = new ProcessBuilder(command(drivers, socket, control)).directory(script.getParent().toFile());
        builder.environment().clear();
        builder.environment().putAll(environment);
        return builder;
    }
}
