package dev.loomgate.gateway.mainprogram;

import java.io.Closeable;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.MalformedURLException;
import java.net.URI;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.Manifest;

import dev.loomgate.deploy.Snapshot;

/**
 * The jars and directories of a program, read from a copy that is its own. In a jar of several releases the files for the newest
 * that the running Java knows are found.
 */
final class ProgramFiles implements Closeable {
    private final Snapshot snapshot;
    private final List<Place> places = new ArrayList<>();

    /**
     * Opens them.
     *
     * @param classPath jars and directories, in the order in which they are searched
     * @throws IllegalArgumentException if one can't be read; the message says which and why
     */
    ProgramFiles(List<Path> classPath) {
        this.snapshot = Snapshot.of(classPath);
        try {
            for (Snapshot.Entry entry : snapshot.entries()) {
                places.add(open(entry));
            }
        } catch (IOException e) {
            close();
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }

    private static Place open(Snapshot.Entry entry) throws IOException {
        if (Files.isDirectory(entry.copy())) {
            return new Folder(entry.original(), entry.copy());
        }
        try {
            return new Jar(entry.original(), entry.copy(),
                    new JarFile(entry.copy().toFile(), false, JarFile.OPEN_READ, Runtime.version()));
        } catch (IOException e) {
            throw new IOException(entry.original() + " can't be read as a jar: " + e.getMessage(), e);
        }
    }

    /**
     * A file that was found.
     *
     * @param bytes    what is in it
     * @param origin   the jar or directory that it is from, not the copy
     * @param manifest of the jar, or null
     */
    record Found(byte[] bytes, Path origin, Manifest manifest) {
    }

    /** The jars and directories as they were given. */
    List<Path> entries() {
        return snapshot.entries().stream().map(Snapshot.Entry::original).toList();
    }

    /** The class that the first manifest with a {@code Main-Class} names. */
    Optional<String> mainClass() throws IOException {
        for (Place place : places) {
            if (place instanceof Jar jar && jar.file().getManifest() != null) {
                String name = jar.file().getManifest().getMainAttributes().getValue(Attributes.Name.MAIN_CLASS);
                if (name != null) {
                    return Optional.of(name.strip());
                }
            }
        }
        return Optional.empty();
    }

    /** Reads a file by its name in the jars and directories. */
    Optional<Found> read(String name) throws IOException {
        for (Place place : places) {
            byte[] bytes = place.read(name);
            if (bytes != null) {
                return Optional.of(new Found(bytes, place.original(), place.manifest()));
            }
        }
        return Optional.empty();
    }

    /** Addresses of all files of a name. */
    List<URL> find(String name) {
        return places.stream().filter(place -> place.has(name)).map(place -> place.url(name)).toList();
    }

    @Override
    public void close() {
        for (Place place : places) {
            try {
                place.close();
            } catch (IOException e) {
                throw new UncheckedIOException("jar " + place.original() + " could not be closed", e);
            }
        }
        snapshot.close();
    }

    private sealed interface Place extends Closeable {
        Path original();

        Manifest manifest() throws IOException;

        boolean has(String name);

        /** What is in a file, or null. */
        byte[] read(String name) throws IOException;

        URL url(String name);

        static URL address(String text) {
            try {
                return URI.create(text).toURL();
            } catch (MalformedURLException e) {
                throw new IllegalArgumentException(text, e);
            }
        }
    }

    private record Jar(Path original, Path path, JarFile file) implements Place {
        @Override
        public Manifest manifest() throws IOException {
            return file.getManifest();
        }

        @Override
        public boolean has(String name) {
            return file.getJarEntry(name) != null;
        }

        @Override
        public byte[] read(String name) throws IOException {
            JarEntry entry = file.getJarEntry(name);
            if (entry == null || entry.isDirectory()) {
                return null;
            }
            try (InputStream in = file.getInputStream(entry)) {
                return in.readAllBytes();
            }
        }

        @Override
        public URL url(String name) {
            String entry = file.getJarEntry(name).getRealName();
            return Place.address("jar:" + path.toUri().toASCIIString() + "!/" + new File("/" + entry).toURI().getRawPath().substring(1));
        }

        @Override
        public void close() throws IOException {
            file.close();
        }
    }

    private record Folder(Path original, Path path) implements Place {
        @Override
        public Manifest manifest() {
            return null;
        }

        @Override
        public boolean has(String name) {
            return Files.exists(path.resolve(name));
        }

        @Override
        public byte[] read(String name) throws IOException {
            Path file = path.resolve(name);
            return Files.isRegularFile(file) ? Files.readAllBytes(file) : null;
        }

        @Override
        public URL url(String name) {
            return Place.address(path.resolve(name).toUri().toASCIIString());
        }

        @Override
        public void close() {
            // nothing is open
        }
    }
}
