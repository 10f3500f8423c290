package dev.loomgate.gateway.process;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

import io.helidon.http.Status;

import dev.loomgate.gateway.GatewayException;

/** Says in words why a program could not be started, and what to do: the system says a number that fits several mistakes. */
final class LaunchFailure {
    static final int ENOENT = 2;
    static final int ENOEXEC = 8;

    private static final int E2BIG = 7;
    private static final int EAGAIN = 11;
    private static final int ENOMEM = 12;
    private static final int EACCES = 13;
    private static final int ETXTBSY = 26;
    private static final int LONGEST_SHEBANG = 256;
    private static final Status HEADER_TOO_LARGE = Status.create(431, "Request Header Fields Too Large");

    private LaunchFailure() {
    }

    /**
     * Explains an error number of exec or fork (Linux).
     *
     * @param errno   the number
     * @param command what was to be started
     */
    static GatewayException of(int errno, Command command) {
        Path program = command.program();
        return switch (errno) {
            case ENOENT -> failed(command, missing(program));
            case ENOEXEC -> failed(command, "'" + program + "' is neither a program for this machine nor a text that begins "
                    + "with #! and an interpreter: add a first line such as #!/bin/sh");
            case EACCES -> denied(command, program);
            case ETXTBSY -> failed(command, "'" + program + "' is being written to: wait until it is complete, and deploy by "
                    + "renaming a complete file into place");
            case E2BIG -> new GatewayException(HEADER_TOO_LARGE, "script '" + command.script()
                    + "' can't be started: the request's header makes a larger environment than the system allows");
            case EAGAIN, ENOMEM -> new GatewayException(Status.SERVICE_UNAVAILABLE_503, "script '" + command.script()
                    + "' can't be started: the system is out of processes or memory (error " + errno + "); see ulimit -u, the "
                    + "cgroup's pids.max, and the route's process limit", Duration.ofSeconds(1), null);
            default -> failed(command, "'" + program + "': error " + errno);
        };
    }

    private static GatewayException failed(Command command, String reason) {
        return new GatewayException(Status.INTERNAL_SERVER_ERROR_500,
                "script '" + command.script() + "' can't be started: " + reason);
    }

    private static String missing(Path program) {
        if (!Files.exists(program)) {
            return "'" + program + "' does not exist";
        }
        String shebang = shebang(program);
        if (shebang.endsWith("\r")) {
            return "its first line '" + shebang.strip() + "' ends with a carriage return, so that the interpreter's name "
                    + "does too: convert the file to Unix line ends";
        }
        if (!shebang.isEmpty()) {
            return "the interpreter of its first line '" + shebang + "' does not exist: install it or correct the line";
        }
        return "'" + program + "' needs a loader or library that does not exist (see ldd '" + program + "'), or its working "
                + "directory was removed";
    }

    private static GatewayException denied(Command command, Path program) {
        String reason = Files.isExecutable(program)
                ? "'" + program + "' may not be executed: its interpreter is not executable, or its file system is mounted "
                        + "noexec"
                : "'" + program + "' is not executable for this server's user: chmod +x '" + program + "'";
        return new GatewayException(Status.FORBIDDEN_403, "script '" + command.script() + "' can't be started: " + reason);
    }

    /** Whether the file is a program in machine code. */
    static boolean isBinary(Path program) {
        try (InputStream in = Files.newInputStream(program)) {
            byte[] start = in.readNBytes(4);
            return start.length == 4 && start[0] == 0x7F && start[1] == 'E' && start[2] == 'L' && start[3] == 'F';
        } catch (IOException e) {
            // not readable, which does not keep it from being run
            return true;
        }
    }

    /** The first line with its line end's carriage return, if it begins with #!; otherwise empty. */
    static String shebang(Path program) {
        try (InputStream in = Files.newInputStream(program)) {
            String start = new String(in.readNBytes(LONGEST_SHEBANG), StandardCharsets.ISO_8859_1);
            int end = start.indexOf('\n');
            return !start.startsWith("#!") ? "" : end < 0 ? start : start.substring(0, end);
        } catch (IOException e) {
            return "";
        }
    }
}
