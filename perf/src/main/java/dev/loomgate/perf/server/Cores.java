package dev.loomgate.perf.server;

import java.util.List;

/**
 * Which processor has what, as taskset's lists.
 *
 * @param server the servers'; empty for any
 * @param load the load generator's; empty for any
 */
public record Cores(String server, String load) {
    /** One for each, where there are two. */
    public static Cores ofThisMachine() {
        return Runtime.getRuntime().availableProcessors() > 1 ? new Cores("0", "1") : new Cores("", "");
    }

    /** The words before a command that is to run on these. */
    public static List<String> pin(String cores) {
        return cores.isEmpty() ? List.of() : List.of("taskset", "-c", cores);
    }
}
