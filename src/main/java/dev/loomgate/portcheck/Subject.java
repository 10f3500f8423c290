package dev.loomgate.portcheck;

import java.nio.file.Path;
import java.util.List;

/**
 * A program, or a directory of scripts, that was looked at.
 *
 * @param path     where it is
 * @param what     what it is, for people
 * @param findings what was found, in the order of the files
 * @param route    lines of an entry of {@code routes} that serves it; empty if none can
 */
public record Subject(Path path, String what, List<Finding> findings, List<String> route) {
    /** Copies the lists. */
    public Subject {
        findings = List.copyOf(findings);
        route = List.copyOf(route);
    }

    /** Whether anything must be dealt with before it runs as it should. */
    public boolean needsWork() {
        return findings.stream().anyMatch(Finding::needsWork);
    }
}
