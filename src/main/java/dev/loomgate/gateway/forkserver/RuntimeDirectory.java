package dev.loomgate.gateway.forkserver;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A directory that nobody but this server's user can enter: it holds the drivers, and the sockets on which they listen. Made when
 * it is first needed. Safe for use by many threads.
 */
final class RuntimeDirectory implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(RuntimeDirectory.class);
    /** Linux has room for 107 bytes; what is added to the directory is shorter than this. */
    private static final int LONGEST_PATH = 80;

    private final Path parent;
    private final AtomicInteger sockets = new AtomicInteger();
    private Path directory;
    private boolean closed;

    /** A directory to be made in this one. */
    RuntimeDirectory(Path parent) {
        this.parent = parent;
    }

    /**
     * The directory of the drivers.
     *
     * @throws IOException if it can't be made, its name is too long for sockets, or it has been removed
     */
    synchronized Path drivers() throws IOException {
        if (closed) {
            throw new IOException("the directory of the fork servers has been removed");
        }
        if (directory == null) {
            var onlyMe = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
            Path made = Files.createTempDirectory(parent, "loomgate-", onlyMe);
            if (made.toString().getBytes(StandardCharsets.UTF_8).length > LONGEST_PATH) {
                Files.delete(made);
                throw new IOException("the name of " + parent + " is too long for sockets in it: start Java with "
                        + "-Djava.io.tmpdir=DIRECTORY, one with a shorter name");
            }
            for (String file : Language.DRIVER_FILES) {
                write(made, file);
            }
            directory = made;
        }
        return directory;
    }

    private static void write(Path directory, String file) throws IOException {
        try (InputStream resource = RuntimeDirectory.class.getResourceAsStream(file)) {
            Path target = directory.resolve(file);
            Files.createDirectories(target.getParent());
            Files.write(target, resource.readAllBytes());
        }
    }

    /** A name for a socket that has not been used. */
    Path newSocket() throws IOException {
        return drivers().resolve("s" + sockets.incrementAndGet());
    }

    /** Removes it. A driver that just starts may make and remove its socket meanwhile. */
    @Override
    public synchronized void close() {
        closed = true;
        for (int tries = 3; directory != null; tries--) {
            try (Stream<Path> files = Files.walk(directory)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.deleteIfExists(file);
                }
                directory = null;
            } catch (IOException | UncheckedIOException e) {
                if (tries == 1) {
                    LOGGER.atWarn().addKeyValue("directory", directory).setCause(e).log("can't be removed");
                    directory = null;
                }
            }
        }
    }
}
