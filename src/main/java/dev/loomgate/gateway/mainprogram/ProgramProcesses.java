package dev.loomgate.gateway.mainprogram;

import java.io.File;
import java.io.IOException;
import java.util.Map;

import dev.loomgate.gateway.mainprogram.InPlaceOf.Kind;

/** How a program starts processes: with the environment of its request. Rewritten code calls these methods instead of Java's. */
public final class ProgramProcesses {
    private ProgramProcesses() {
    }

    /** Starts a process with the environment of the request. */
    @InPlaceOf(type = ProcessBuilder.class, kind = Kind.METHOD)
    public static Process start(ProcessBuilder builder) throws IOException {
        return prepare(builder).start();
    }

    /** The environment of a process to be started, at first that of the request. */
    @InPlaceOf(type = ProcessBuilder.class, kind = Kind.METHOD)
    public static Map<String, String> environment(ProcessBuilder builder) {
        return prepare(builder).environment();
    }

    private static ProcessBuilder prepare(ProcessBuilder builder) {
        return ProgramSystem.required("a process").state().prepare(builder);
    }

    /** Runs a command line with the environment of the request. */
    @InPlaceOf(type = Runtime.class, kind = Kind.METHOD)
    public static Process exec(Runtime runtime, String command) throws IOException {
        return exec(runtime, command, null, null);
    }

    /** Runs a command line, with the environment of the request if none is given. */
    @InPlaceOf(type = Runtime.class, kind = Kind.METHOD)
    public static Process exec(Runtime runtime, String command, String[] environment) throws IOException {
        return exec(runtime, command, environment, null);
    }

    /** Runs a command line, with the environment of the request if none is given. */
    @InPlaceOf(type = Runtime.class, kind = Kind.METHOD)
    @SuppressWarnings("deprecation")
    public static Process exec(Runtime runtime, String command, String[] environment, File directory) throws IOException {
        return runtime.exec(command, environmentOr(environment), directory);
    }

    /** Runs a command with the environment of the request. */
    @InPlaceOf(type = Runtime.class, kind = Kind.METHOD)
    public static Process exec(Runtime runtime, String[] command) throws IOException {
        return exec(runtime, command, null, null);
    }

    /** Runs a command, with the environment of the request if none is given. */
    @InPlaceOf(type = Runtime.class, kind = Kind.METHOD)
    public static Process exec(Runtime runtime, String[] command, String[] environment) throws IOException {
        return exec(runtime, command, environment, null);
    }

    /** Runs a command, with the environment of the request if none is given. */
    @InPlaceOf(type = Runtime.class, kind = Kind.METHOD)
    public static Process exec(Runtime runtime, String[] command, String[] environment, File directory) throws IOException {
        return runtime.exec(command, environmentOr(environment), directory);
    }

    private static String[] environmentOr(String[] given) {
        return given != null ? given : ProgramSystem.getenv().entrySet().stream().map(entry -> entry.getKey() + '=' + entry.getValue())
                .toArray(String[]::new);
    }
}
