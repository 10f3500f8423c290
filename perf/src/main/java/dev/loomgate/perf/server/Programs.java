package dev.loomgate.perf.server;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Programs of this machine. */
public final class Programs {
    private Programs() {}

    /** Its full path, also from the directories for administrators; null if it is not installed. */
    public static String find(String program) {
        for (String directory : (System.getenv().getOrDefault("PATH", "") + ":/usr/local/sbin:/usr/sbin:/sbin").split(":")) {
            Path file = Path.of(directory, program);
            if (!directory.isEmpty() && Files.isExecutable(file)) {
                return file.toString();
            }
        }
        return null;
    }

    /** The first line with a digit in it of what a command prints, on either stream; "unknown" if it can't be run. */
    public static String firstLine(String... command) {
        try {
            Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
            process.getOutputStream().close();
            String all = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return all.lines().filter(line -> line.chars().anyMatch(Character::isDigit)).findFirst().orElse("unknown").strip();
        } catch (IOException e) {
            return "unknown";
        }
    }
}
