package dev.loomgate.server;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Programs of this machine. */
final class Programs {
    private static final String USUAL = "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin";
    /** Programs whose Debian package has another name. */
    private static final Map<String, String> PACKAGES = Map.of("python", "python-is-python3", "php", "php-cli", "node",
            "nodejs", "tclsh", "tcl", "awk", "gawk", "lua", "lua5.4", "Rscript", "r-base-core");

    private Programs() {
    }

    /** Finds a program by its name, in {@code PATH} and the usual directories, or by its whole path. */
    static Optional<Path> find(String name) {
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
    static String remedy(String program) {
        String name = Path.of(program).getFileName().toString();
        Optional<Path> elsewhere = program.startsWith("/") ? find(name) : Optional.empty();
        return elsewhere.map(path -> "it is at " + path + " here; correct the path")
                .orElse("on Debian: apt-get install " + PACKAGES.getOrDefault(name, name));
    }
}
