package dev.loomgate.perf.server;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What a session has used so far, from Linux's /proc: of its processes, their descendants, and the children that these have
 * waited for.
 *
 * @param userSeconds processor time in user mode
 * @param systemSeconds processor time in the kernel
 * @param switches context switches of the threads that live, by will or by force
 * @param peakMemory most resident memory since {@link #resetPeak}, in bytes, of all processes together
 * @param memory resident memory, in bytes
 */
public record Usage(double userSeconds, double systemSeconds, long switches, long peakMemory, long memory) {
    private static final double TICKS = 100; // of /proc, on all of Linux's architectures that a JVM is made for

    private record Process(int id, int parent, int session, long user, long system) {}

    /** What was used since an earlier time; memory as it is now. */
    public Usage since(Usage earlier) {
        return new Usage(userSeconds - earlier.userSeconds, systemSeconds - earlier.systemSeconds,
                Math.max(0, switches - earlier.switches), peakMemory, memory);
    }

    public double seconds() {
        return userSeconds + systemSeconds;
    }

    public static Usage of(Session session) throws IOException {
        double user = 0;
        double system = 0;
        long switches = 0;
        long peak = 0;
        long memory = 0;
        for (Process process : processes(session)) {
            user += process.user / TICKS;
            system += process.system / TICKS;
            Path directory = Path.of("/proc", String.valueOf(process.id));
            Map<String, Long> status = status(directory.resolve("status"));
            peak += status.getOrDefault("VmHWM", 0L) * 1024;
            memory += status.getOrDefault("VmRSS", 0L) * 1024;
            switches += switches(directory);
        }
        return new Usage(user, system, switches, peak, memory);
    }

    /** Begins a new peak of memory. */
    public static void resetPeak(Session session) throws IOException {
        for (Process process : processes(session)) {
            try {
                Files.writeString(Path.of("/proc", String.valueOf(process.id), "clear_refs"), "5");
            } catch (IOException e) {
                // it is gone, or another user's; then the peak is of its whole life
            }
        }
    }

    private static List<Process> processes(Session session) throws IOException {
        var all = new HashMap<Integer, Process>();
        try (DirectoryStream<Path> directories = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
            for (Path directory : directories) {
                try {
                    Process process = parse(Files.readString(directory.resolve("stat"), java.nio.charset.StandardCharsets.ISO_8859_1));
                    all.put(process.id, process);
                } catch (IOException e) {
                    // it has ended
                }
            }
        }
        var own = new ArrayList<Process>();
        for (Process process : all.values()) {
            for (Process one = process; one != null; one = all.get(one.parent)) {
                if (one.session == session.id()) {
                    own.add(process);
                    break;
                }
            }
        }
        return own;
    }

    private static Process parse(String stat) {
        int name = stat.lastIndexOf(')');
        String[] words = stat.substring(name + 2).split(" ");
        return new Process(Integer.parseInt(stat.substring(0, stat.indexOf(' '))), Integer.parseInt(words[1]),
                Integer.parseInt(words[3]), Long.parseLong(words[11]) + Long.parseLong(words[13]),
                Long.parseLong(words[12]) + Long.parseLong(words[14]));
    }

    private static Map<String, Long> status(Path file) {
        var values = new HashMap<String, Long>();
        try {
            for (String line : Files.readAllLines(file, java.nio.charset.StandardCharsets.ISO_8859_1)) {
                String[] words = line.split("[:\\s]+");
                if (words.length > 1 && words[1].chars().allMatch(Character::isDigit) && !words[1].isEmpty()
                        && words[1].length() < 18) {
                    values.put(words[0], Long.parseLong(words[1]));
                }
            }
        } catch (IOException e) {
            // it has ended
        }
        return values;
    }

    private static long switches(Path process) {
        long sum = 0;
        try (DirectoryStream<Path> threads = Files.newDirectoryStream(process.resolve("task"))) {
            for (Path thread : threads) {
                Map<String, Long> status = status(thread.resolve("status"));
                sum += status.getOrDefault("voluntary_ctxt_switches", 0L) + status.getOrDefault("nonvoluntary_ctxt_switches", 0L);
            }
        } catch (IOException e) {
            // it has ended
        }
        return sum;
    }
}
