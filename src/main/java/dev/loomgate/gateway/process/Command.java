package dev.loomgate.gateway.process;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

import dev.loomgate.gateway.Octets;
import dev.loomgate.gateway.Script;

/**
 * What to start.
 *
 * @param script      the script, for messages
 * @param words       program (absolute path) and arguments, as octets
 * @param environment the whole environment, as octets
 * @param directory   working directory
 * @param stdin       what the script reads
 */
record Command(Path script, List<String> words, Map<String, String> environment, Path directory, Stdin stdin) {
    /** What a script has as its standard input. */
    sealed interface Stdin {
        /** An end of input at once. */
        record Nothing() implements Stdin {
        }

        /** A file, read by the script itself. */
        record FromFile(Path file) implements Stdin {
        }

        /** A socket on which it accepts connections. */
        record Listener(int descriptor) implements Stdin {
        }

        /** A pipe that this server writes to. */
        record Pipe() implements Stdin {
        }
    }

    /** The command for a script; with a memory limit, a shell sets that before it becomes the script. */
    static Command of(Script script, List<String> arguments, Map<String, String> environment, Stdin stdin,
                      OptionalLong memoryLimit) {
        var words = new ArrayList<String>(script.interpreter().size() + 4 + arguments.size());
        memoryLimit.ifPresent(bytes -> words.addAll(List.of("/bin/sh", "-c",
                "ulimit -v " + Math.max(1, bytes / 1024) + " && exec \"$0\" \"$@\"")));
        script.interpreter().forEach(word -> words.add(Octets.of(word)));
        words.add(Octets.of(script.file()));
        words.addAll(arguments);
        return new Command(script.file(), words, environment, script.file().getParent(), stdin);
    }

    /** Path of the program that the system is asked to run: the script itself or its interpreter. */
    Path program() {
        return Path.of(new String(Octets.bytes(words.getFirst()), StandardCharsets.UTF_8));
    }
}
