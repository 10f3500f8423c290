package dev.loomgate.gateway.servlet;

import java.io.IOException;
import java.io.OutputStream;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

import behaviours.Echo;

/** Makes the applications that tests run. */
final class WebArchives {
    private WebArchives() {
    }

    /** The application of behaviours, as a directory. */
    static Path behaviours(Path directory) throws IOException {
        FileTree.copy(Path.of("src/test/resources/behaviours"), directory);
        Path classes = Files.createDirectories(directory.resolve("WEB-INF/classes/behaviours"));
        try (Stream<Path> files = Files.list(testClasses().resolve("behaviours"))) {
            for (Path file : files.filter(file -> file.toString().endsWith(".class")).toList()) {
                Files.copy(file, classes.resolve(file.getFileName()));
            }
        }
        return directory;
    }

    /** Where tests are compiled to. */
    static Path testClasses() {
        try {
            return Path.of(Echo.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Packs a directory. */
    static Path pack(Path directory, Path archive) throws IOException {
        try (OutputStream out = Files.newOutputStream(archive);
                var zip = new ZipOutputStream(out);
                Stream<Path> files = Files.walk(directory)) {
            List<Path> sorted = files.filter(Files::isRegularFile).sorted().toList();
            for (Path file : sorted) {
                zip.putNextEntry(new ZipEntry(directory.relativize(file).toString().replace('\\', '/')));
                Files.copy(file, zip);
                zip.closeEntry();
            }
        }
        return archive;
    }
}
