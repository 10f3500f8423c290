package dev.loomgate.gateway.forkserver;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** Languages whose interpreters can be made fork servers. */
enum Language {
    /** Perl 5. */
    PERL("perl(5[.\\d]*)?") {
        @Override
        List<String> words(Path drivers, Path socket, Path control, long grace, int requests, boolean ahead) {
            var words = new ArrayList<>(List.of("-I" + drivers,
                    "-MLoomgate::ForkServer=" + socket + ',' + control + ',' + grace + ',' + requests + ',' + (ahead ? 1 : 0)));
            if (requests > 1) {
                words.add(drivers.resolve("Loomgate/serve.pl").toString());
            }
            return words;
        }
    },
    /** Python 3. */
    PYTHON("python[.\\d]*|pypy[.\\d]*") {
        @Override
        List<String> words(Path drivers, Path socket, Path control, long grace, int requests, boolean ahead) {
            return List.of(drivers.resolve("loomgate_forkserver.py").toString(), socket.toString(), control.toString(),
                    String.valueOf(grace), String.valueOf(requests), ahead ? "1" : "0");
        }
    };

    /** Files of the drivers, as resources beside this class. */
    static final List<String> DRIVER_FILES = List.of("Loomgate/ForkServer.pm", "Loomgate/serve.pl", "loomgate_forkserver.py");

    private final Pattern interpreter;

    Language(String interpreter) {
        this.interpreter = Pattern.compile(interpreter);
    }

    /** What stands between the interpreter with its switches and the script. */
    abstract List<String> words(Path drivers, Path socket, Path control, long grace, int requests, boolean ahead);

    /** The language of the command that runs a script, with or without {@code env} before the interpreter. */
    static Optional<Language> of(List<String> command) {
        for (String word : split(command)) {
            String name = word.substring(word.lastIndexOf('/') + 1);
            if (name.equals("env") || word.startsWith("-") || word.indexOf('=') > 0) {
                continue;
            }
            for (Language language : values()) {
                if (language.interpreter.matcher(name).matches()) {
                    return Optional.of(language);
                }
            }
            return Optional.empty();
        }
        return Optional.empty();
    }

    /** The words of a command; {@code env -S} takes several as one. */
    private static List<String> split(List<String> command) {
        var words = new ArrayList<String>();
        command.forEach(word -> words.addAll(List.of(word.strip().replaceFirst("^-S\\s*", "-S ").split("\\s+"))));
        return words;
    }
}
