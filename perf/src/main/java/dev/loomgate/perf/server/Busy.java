package dev.loomgate.perf.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * How busy processors were, from /proc/stat, in ticks.
 *
 * @param total all time that has gone by
 * @param busy time that was not idle
 */
public record Busy(long total, long busy) {
    /** Of one processor, or of all of them if the name is empty. */
    public static Busy of(String core) throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/stat"))) {
            String[] words = line.split(" +");
            if (words[0].equals("cpu" + core)) {
                long all = 0;
                for (int i = 1; i <= 8; i++) {
                    all += Long.parseLong(words[i]);
                }
                return new Busy(all, all - Long.parseLong(words[4]) - Long.parseLong(words[5]));
            }
        }
        return new Busy(0, 0);
    }

    /** The share of the time since then that was busy, 0 to 1. */
    public double since(Busy earlier) {
        return total == earlier.total ? 0 : (double) (busy - earlier.busy) / (total - earlier.total);
    }
}
