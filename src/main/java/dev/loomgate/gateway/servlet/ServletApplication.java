package dev.loomgate.gateway.servlet;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.zip.ZipFile;

import dev.loomgate.deploy.Snapshot;

/** Where an application is. */
public sealed interface ServletApplication {
    /** A WAR, packed or as a directory. */
    record War(Path path) implements ServletApplication {
        @Override
        public void check() {
            if (!Files.exists(path)) {
                throw new IllegalArgumentException(path + " does not exist");
            }
            if (Files.isDirectory(path)) {
                if (!Files.isDirectory(path.resolve("WEB-INF")) && isEmpty(path)) {
                    throw new IllegalArgumentException(path + " is an empty directory; an application has a directory WEB-INF");
                }
                return;
            }
            try (var archive = new ZipFile(path.toFile())) {
                if (archive.size() == 0) {
                    throw new IllegalArgumentException(path + " is an empty archive");
                }
            } catch (IOException e) {
                throw new IllegalArgumentException(path + " can't be read as a WAR: " + e.getMessage(), e);
            }
        }

        private static boolean isEmpty(Path directory) {
            try (var entries = Files.newDirectoryStream(directory)) {
                return !entries.iterator().hasNext();
            } catch (IOException e) {
                throw new IllegalArgumentException(directory + " can't be read: " + e, e);
            }
        }

        @Override
        public List<Path> parts() {
            return List.of(path);
        }
    }

    /**
     * Classes without a WAR around them.
     *
     * @param classPath jars, directories of classes, and {@code dir/*} for all jars of a directory, as there are at the time
     * @param servlet   class of a servlet that gets all requests that no other takes; without it, what has annotations is
     *                  found
     */
    record Classes(List<Path> classPath, Optional<String> servlet) implements ServletApplication {
        /** Copies the list. */
        public Classes {
            classPath = List.copyOf(classPath);
        }

        @Override
        public void check() {
            if (classPath.isEmpty()) {
                throw new IllegalArgumentException("there are no classes");
            }
            if (servlet.isPresent() && classFile(parts(), servlet.get()).isEmpty()) {
                throw new IllegalArgumentException("class " + servlet.get() + " is not in " + classPath);
            }
        }

        @Override
        public List<Path> parts() {
            return Snapshot.listed(classPath);
        }
    }

    /**
     * Looks whether the application is there and can be read, without running any of it.
     *
     * @throws IllegalArgumentException with the file and what is wrong with it
     */
    void check();

    /** The files and directories that it is made of. */
    List<Path> parts();

    /** The bytes of a class among jars and directories. */
    static Optional<byte[]> classFile(List<Path> classPath, String name) {
        String file = name.replace('.', '/') + ".class";
        for (Path entry : classPath) {
            try {
                if (Files.isDirectory(entry)) {
                    if (Files.exists(entry.resolve(file))) {
                        return Optional.of(Files.readAllBytes(entry.resolve(file)));
                    }
                } else {
                    try (var jar = new ZipFile(entry.toFile())) {
                        if (jar.getEntry(file) != null) {
                            return Optional.of(jar.getInputStream(jar.getEntry(file)).readAllBytes());
                        }
                    }
                }
            } catch (IOException e) {
                throw new IllegalArgumentException(entry + " can't be read: " + e.getMessage(), e);
            }
        }
        return Optional.empty();
    }
}
