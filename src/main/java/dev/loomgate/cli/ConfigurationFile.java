package dev.loomgate.cli;

import java.io.PrintWriter;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;

import dev.loomgate.config.ConfigurationException;
import dev.loomgate.config.Problem;
import picocli.CommandLine.Option;

/** The option that every command has. */
final class ConfigurationFile {
    // the launcher says where the distribution is; as in ofPlainWords
    @Option(names = {"-c", "--config"}, paramLabel = "FILE", defaultValue = "${sys:loomgate.home:-.}/conf/loomgate.yaml",
            description = "Configuration file; default: ${DEFAULT-VALUE}")
    private Path path;

    Path path() {
        return path.normalize();
    }

    /**
     * The file that a command line names which consists of {@code serve} and no more than this option.
     *
     * @return empty if it is another one, or may be
     */
    static Optional<Path> ofPlainWords(String... words) {
        if (words.length == 0 || !words[0].equals("serve")) {
            return Optional.empty();
        }
        if (words.length == 1) {
            return Optional.of(Path.of(System.getProperty("loomgate.home", "."), "conf", "loomgate.yaml").normalize());
        }
        boolean named = words.length == 3 && (words[1].equals("-c") || words[1].equals("--config"));
        // what begins otherwise is a name for certain
        if (!named || !words[2].matches("[/.\\w].*")) {
            return Optional.empty();
        }
        try {
            return Optional.of(Path.of(words[2]).normalize());
        } catch (InvalidPathException e) {
            return Optional.empty();
        }
    }

    /** Prints every mistake and returns the exit status. */
    static int report(ConfigurationException failure, PrintWriter err) {
        for (Problem problem : failure.problems()) {
            err.println(problem);
        }
        int count = failure.problems().size();
        err.println(count == 1 ? "1 mistake" : count + " mistakes");
        err.flush();
        return ExitStatus.CONFIGURATION;
    }
}
