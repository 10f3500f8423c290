package dev.loomgate.guard;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The state of the machine and of the control group (cgroup v2) that the process is in, as Linux tells it in files. They are
 * small and have no disk behind them.
 */
final class Machine {
    private static final Logger LOGGER = LoggerFactory.getLogger(Machine.class);

    private final Path proc;
    private final List<Path> groups;

    /**
     * @param proc    the place of {@code /proc}
     * @param cgroups the place of {@code /sys/fs/cgroup}
     */
    Machine(Path proc, Path cgroups) {
        this.proc = proc;
        this.groups = groups(proc, cgroups);
    }

    Measure measure(Reason reason) {
        return switch (reason) {
            case LOAD -> closed -> load();
            case CPU_PRESSURE -> closed -> pressure("cpu");
            case MEMORY_PRESSURE -> closed -> pressure("memory");
            case IO_PRESSURE -> closed -> pressure("io");
            case MEMORY -> closed -> memory();
            case SWAP -> closed -> swap();
            case HEAP -> new Heap();
            default -> throw new IllegalArgumentException(reason + " is not measured");
        };
    }

    /** The process's group and those that it is in, the innermost first; where limits are is up to who made them. */
    private static List<Path> groups(Path proc, Path cgroups) {
        var groups = new ArrayList<Path>();
        for (String line : text(proc.resolve("self/cgroup")).split("\n")) {
            if (line.startsWith("0::/")) {
                Path unified = Files.isDirectory(cgroups.resolve("unified")) ? cgroups.resolve("unified") : cgroups;
                Path group = unified.resolve(line.substring("0::/".length())).normalize();
                for (; group != null && group.startsWith(unified); group = group.getParent()) {
                    groups.add(group);
                }
            }
        }
        return List.copyOf(groups);
    }

    /** The load average of the last minute. */
    private OptionalDouble load() {
        return number(text(proc.resolve("loadavg")).split(" ")[0]);
    }

    /** Percentage of the last ten seconds in which at least one task waited: of the innermost group that counts, or of all. */
    private OptionalDouble pressure(String what) {
        for (Path group : groups) {
            OptionalDouble own = someAverage(group.resolve(what + ".pressure"));
            if (own.isPresent()) {
                return own;
            }
        }
        return someAverage(proc.resolve("pressure").resolve(what));
    }

    private static OptionalDouble someAverage(Path file) {
        for (String line : text(file).split("\n")) {
            int value = line.indexOf("avg10=");
            if (line.startsWith("some ") && value > 0) {
                return number(line.substring(value + "avg10=".length()).split(" ")[0]);
            }
        }
        return OptionalDouble.empty();
    }

    /** Percentage of memory in use: of the machine, or of a group with a limit, whichever is nearer to its end. */
    private OptionalDouble memory() {
        String all = text(proc.resolve("meminfo"));
        OptionalDouble used = used(amount(all, "MemTotal:"), amount(all, "MemAvailable:"));
        for (Path group : groups) {
            OptionalDouble own = memory(group);
            if (own.isPresent() && own.getAsDouble() > used.orElse(0)) {
                used = own;
            }
        }
        return used;
    }

    private static OptionalDouble memory(Path group) {
        OptionalDouble most = number(text(group.resolve("memory.max")).strip());
        OptionalDouble current = number(text(group.resolve("memory.current")).strip());
        if (most.isEmpty() || current.isEmpty() || most.getAsDouble() <= 0) {
            return OptionalDouble.empty();
        }
        // pages of files that nobody has used for a while are given back when they are needed
        long cache = amount(text(group.resolve("memory.stat")), "inactive_file").orElse(0);
        return OptionalDouble.of(100 * Math.max(0, current.getAsDouble() - cache) / most.getAsDouble());
    }

    /** Percentage of swap space in use, 0 if there is none: of the machine, or of a group with a limit, as with memory. */
    private OptionalDouble swap() {
        String all = text(proc.resolve("meminfo"));
        OptionalLong total = amount(all, "SwapTotal:");
        OptionalDouble used = total.isPresent() && total.getAsLong() == 0 ? OptionalDouble.of(0)
                : used(total, amount(all, "SwapFree:"));
        for (Path group : groups) {
            // a limit of 0 means that the group may not swap, which is nothing that runs short
            OptionalDouble most = number(text(group.resolve("memory.swap.max")).strip());
            OptionalDouble current = number(text(group.resolve("memory.swap.current")).strip());
            if (most.orElse(0) > 0 && current.isPresent()) {
                used = OptionalDouble.of(Math.max(used.orElse(0), 100 * current.getAsDouble() / most.getAsDouble()));
            }
        }
        return used;
    }

    private static OptionalDouble used(OptionalLong total, OptionalLong free) {
        return total.isEmpty() || free.isEmpty() || total.getAsLong() == 0 ? OptionalDouble.empty()
                : OptionalDouble.of(100.0 * (total.getAsLong() - free.getAsLong()) / total.getAsLong());
    }

    private static OptionalLong amount(String lines, String name) {
        for (String line : lines.split("\n")) {
            String[] words = line.split("\\s+");
            if (words.length > 1 && words[0].equals(name)) {
                OptionalDouble number = number(words[1]);
                return number.isPresent() ? OptionalLong.of((long) number.getAsDouble()) : OptionalLong.empty();
            }
        }
        return OptionalLong.empty();
    }

    private static OptionalDouble number(String text) {
        try {
            return OptionalDouble.of(Double.parseDouble(text));
        } catch (NumberFormatException e) {
            // as "max" is, where there is no limit
            return OptionalDouble.empty();
        }
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            LOGGER.trace("not told by this machine", e);
            return "";
        }
    }
}
