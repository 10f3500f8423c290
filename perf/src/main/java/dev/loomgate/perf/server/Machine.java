package dev.loomgate.perf.server;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What the figures were measured on. */
public final class Machine {
    private Machine() {}

    /** In one sentence. */
    public static String description() {
        return field("/proc/cpuinfo", "model name") + ", " + Runtime.getRuntime().availableProcessors() + " processors, "
                + Math.round(Double.parseDouble(field("/proc/meminfo", "MemTotal").replace(" kB", "")) / (1 << 20)) + " GB, Linux "
                + System.getProperty("os.version");
    }

    /** The load average of the last minute. */
    public static double loadAverage() {
        try {
            return Double.parseDouble(Files.readString(Path.of("/proc/loadavg")).split(" ")[0]);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** How many files a process may have open. */
    public static int descriptors() {
        try {
            for (String line : Files.readAllLines(Path.of("/proc/self/limits"))) {
                if (line.startsWith("Max open files")) {
                    String soft = line.substring(14).strip().split(" +")[0];
                    return soft.equals("unlimited") ? Integer.MAX_VALUE : Integer.parseInt(soft);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return 1024;
    }

    private static String field(String file, String name) {
        try (var lines = Files.lines(Path.of(file))) {
            return lines.filter(line -> line.startsWith(name)).findFirst().map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .orElse("0");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
