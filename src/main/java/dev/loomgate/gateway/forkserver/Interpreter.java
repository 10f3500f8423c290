package dev.loomgate.gateway.forkserver;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

import dev.loomgate.gateway.Script;

/**
 * What runs a script.
 *
 * @param language its language
 * @param words    the interpreter and its switches, as the system has them from the script's first line, or the route
 */
record Interpreter(Language language, List<String> words) {
    private static final int LONGEST_LINE = 256;

    Interpreter {
        words = List.copyOf(words);
    }

    /** The interpreter of a script, if it is one that can be made a fork server. */
    static Optional<Interpreter> of(Script script) {
        List<String> words = script.interpreter().isEmpty() ? firstLine(script.file()) : script.interpreter();
        return Language.of(words).map(language -> new Interpreter(language, words));
    }

    /** The first line as Linux takes it: the interpreter, and all that follows as one argument. */
    private static List<String> firstLine(Path script) {
        try (InputStream in = Files.newInputStream(script)) {
            String start = new String(in.readNBytes(LONGEST_LINE), StandardCharsets.UTF_8);
            int end = start.indexOf('\n');
            if (!start.startsWith("#!") || end < 0) {
                return List.of();
            }
            String[] words = start.substring(2, end).strip().split("[ \t]+", 2);
            return List.of(words);
        } catch (IOException e) {
            // to run it will tell
            return List.of();
        }
    }
}
