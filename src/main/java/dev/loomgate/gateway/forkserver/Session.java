package dev.loomgate.gateway.forkserver;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The processes of a session, as Linux lists them. */
final class Session {
    private Session() {
    }

    /** Kills the processes of the session that this process led, and says which. */
    static List<Long> kill(long leader) {
        var killed = new ArrayList<Long>();
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
            for (Path process : processes) {
                if (leaderOf(process) == leader) {
                    long pid = Long.parseLong(process.getFileName().toString());
                    ProcessHandle.of(pid).ifPresent(handle -> {
                        handle.destroyForcibly();
                        killed.add(pid);
                    });
                }
            }
        } catch (IOException e) {
            // no /proc: they end when they write, or by themselves
        }
        return killed;
    }

    /** The session's id is the fourth field after the name, which may hold blanks and brackets. */
    private static long leaderOf(Path process) {
        try {
            String status = Files.readString(process.resolve("stat"), StandardCharsets.ISO_8859_1);
            String[] fields = status.substring(status.lastIndexOf(')') + 2).split(" ");
            return fields[0].equals("Z") ? -1 : Long.parseLong(fields[3]);
        } catch (IOException | RuntimeException e) {
            // it has ended meanwhile
            return -1;
        }
    }
}
