package dev.loomgate.server;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Programs of this machine. */
public final class Programs {
    private static final String USUAL = "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin";
    /** Programs whose Debian package has another name. */
    private static final Map<String, String> PACKAGES = Map.of("python", "python-is-python3", "php", "php-cli", "node",
            "nodejs", "tclsh", "tcl", "awk", "gawk", "lua", "lua5.4", "Rscript", "r-base-core");

    private Programs() {
    }

    /** Finds a program by its name, in {@code PATH} and the usual directories, or by its whole path. */
    public static Optional<Path> find(String name) {
        if (name.startsWith("/")) {
            return Optional.of(Path.of(name)).filter(Programs::isProgram);
        }
        String path = System.getenv().getOrDefault("PATH", "") + File.pathSeparator + USUAL;
        return Stream.of(path.split(File.pathSeparator)).filter(directory -> directory.startsWith("/"))
                .map(directory -> Path.of(directory, name)).filter(Programs::isProgram).findFirst();
    }

    /** Where a program that is missing would be looked for first once it is installed. */
    static Path placeOf(String name) {
        return Path.of("/usr/bin").resolve(name);
    }

    private static boolean isProgram(Path path) {
        return Files.isRegularFile(path) && Files.isExecutable(path);
    }

    /** How to get a program that is missing. */
    public static String remedy(String program) {
        String name = Path.of(program).getFileName().toString();
        Optional<Path> elsewhere = program.startsWith("/") ? find(name) : Optional.empty();
        return elsewhere.map(path -> "it is at " + path + " here; correct the path")
                .orElse("on Debian: apt-get install " + PACKAGES.getOrDefault(name, name));
    }

    /**
     * The program that the first line of a script names; with {@code /usr/bin/env}, the one that env is to find.
     *
     * @param line begins with {@code #!}
     */
    public static Optional<String> interpreterIn(String line) {
        String[] words = line.substring(2).strip().split("\\s+");
        if (words[0].endsWith("/env") && find(words[0]).isPresent()) {
            return Stream.of(words).skip(1).filter(word -> !word.startsWith("-") && word.indexOf('=') < 0).findFirst();
        }
        return Optional.of(words[0]).filter(word -> word.startsWith("/"));
    }
}
