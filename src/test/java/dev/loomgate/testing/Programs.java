package dev.loomgate.testing;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

import org.junit.jupiter.api.Assumptions;

/** Programs of the machine that tests drive. */
public final class Programs {
    private Programs() {
    }

    /**
     * Finds a program or skips the test with a line that names the Debian package; CI fails on that line.
     *
     * @param name          file name, looked up in PATH and the sbin directories, or an absolute path
     * @param debianPackage package that brings it
     */
    public static Path require(String name, String debianPackage) {
        Optional<Path> found = find(name);
        Assumptions.assumeTrue(found.isPresent(), () -> "skipped: program " + name + " is missing; apt-get install " + debianPackage);
        return found.get();
    }

    private static Optional<Path> find(String name) {
        if (name.startsWith("/")) {
            return Optional.of(Path.of(name)).filter(Files::isExecutable);
        }
        String path = System.getenv("PATH") + ":/usr/sbin:/sbin:/usr/local/sbin";
        return Stream.of(path.split(":")).map(dir -> Path.of(dir, name)).filter(Files::isExecutable).findFirst();
    }
}
