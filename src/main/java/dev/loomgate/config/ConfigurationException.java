package dev.loomgate.config;

import java.util.List;
import java.util.stream.Collectors;

/** A configuration file that can't be used. Holds every mistake that was found, in the order of the file. */
public final class ConfigurationException extends Exception {
    private static final long serialVersionUID = 1;

    private final transient List<Problem> problems;

    /** @param problems at least one */
    public ConfigurationException(List<Problem> problems) {
        super(problems.stream().map(Problem::toString).collect(Collectors.joining("\n")));
        this.problems = problems.stream().sorted(Problem.BY_PLACE).toList();
    }

    /** All mistakes, in the order of their lines. */
    public List<Problem> problems() {
        return problems;
    }
}
