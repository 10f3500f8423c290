package dev.loomgate.deploy;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.FileSystemNotFoundException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import java.util.stream.Stream;

/** A copy of the jars and directories of a class path, in a temporary directory that is removed on close. */
public final class Snapshot implements Closeable {
    private final Path directory;
    private final List<Entry> entries;

    private Snapshot(Path directory, List<Entry> entries) {
        this.directory = directory;
        this.entries = entries;
    }

    /**
     * A jar or directory.
     *
     * @param original where it is from
     * @param copy     what to read
     */
    public record Entry(Path original, Path copy) {
    }

    /**
     * Copies a class path. Jars that the manifest of one names under {@code Class-Path} belong to it, behind that one.
     *
     * @throws IllegalArgumentException if something can't be read; the message says what
     */
    public static Snapshot of(List<Path> classPath) {
        List<Path> originals = expand(classPath);
        Path directory;
        try {
            directory = Files.createTempDirectory("loomgate-classes-");
        } catch (IOException e) {
            throw new UncheckedIOException("no temporary directory for a copy of " + classPath, e);
        }
        var copies = new ArrayList<Entry>();
        var snapshot = new Snapshot(directory, copies);
        try {
            for (Path original : originals) {
                Path copy = directory.resolve(copies.size() + "-" + original.getFileName());
                copy(original, copy);
                copies.add(new Entry(original, copy));
            }
            return snapshot;
        } catch (IOException | UncheckedIOException e) {
            snapshot.close();
            throw new IllegalArgumentException("class path " + classPath + " can't be read: " + e.getMessage(), e);
        }
    }

    /**
     * A class path with all that belongs to it: {@code dir/*} for all jars of a directory, and what manifests name.
     *
     * @throws IllegalArgumentException if a jar can't be read; the message says which and why
     */
    public static List<Path> expand(List<Path> classPath) {
        Set<Path> found = new LinkedHashSet<>();
        classPath.forEach(entry -> add(entry, found));
        return List.copyOf(found);
    }

    private static void add(Path entry, Set<Path> found) {
        Path absolute = entry.toAbsolutePath().normalize();
        if (isWildcard(entry)) {
            jars(entry).forEach(jar -> add(jar, found));
        } else if (found.add(absolute) && Files.isRegularFile(absolute)) {
            for (String word : namedBy(absolute).strip().split("\\s+")) {
                Path named = resolve(absolute, word);
                if (Files.exists(named)) {
                    add(named, found);
                }
            }
        }
    }

    /** A class path with the jars that are there now in the place of each {@code dir/*}; one that can't be listed stays what it is. */
    public static List<Path> listed(List<Path> classPath) {
        return classPath.stream().flatMap(entry -> isWildcard(entry) ? jarsOrItself(entry) : Stream.of(entry)).toList();
    }

    private static Stream<Path> jarsOrItself(Path wildcard) {
        try {
            return jars(wildcard).stream();
        } catch (IllegalArgumentException e) {
            // as absent as its directory is: whoever reads it says so
            return Stream.of(wildcard);
        }
    }

    /** Whether an entry stands for all jars of a directory. */
    static boolean isWildcard(Path entry) {
        return entry.endsWith("*");
    }

    private static List<Path> jars(Path wildcard) {
        Path directory = wildcard.toAbsolutePath().normalize().getParent();
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> file.toString().endsWith(".jar")).sorted().toList();
        } catch (IOException e) {
            throw new IllegalArgumentException(directory + " can't be listed: " + e.getMessage(), e);
        }
    }

    private static String namedBy(Path jar) {
        try (var file = new JarFile(jar.toFile())) {
            Manifest manifest = file.getManifest();
            String named = manifest == null ? null : manifest.getMainAttributes().getValue(Attributes.Name.CLASS_PATH);
            return named == null ? "" : named;
        } catch (IOException e) {
            throw new IllegalArgumentException(jar + " can't be read as a jar: " + e.getMessage(), e);
        }
    }

    /** A word of a manifest is a relative URL; Java leaves out what is no file as well. */
    private static Path resolve(Path jar, String word) {
        try {
            return word.isEmpty() ? jar : Path.of(jar.toUri().resolve(new URI(word))).toAbsolutePath().normalize();
        } catch (URISyntaxException | IllegalArgumentException | FileSystemNotFoundException e) {
            return jar;
        }
    }

    private static void copy(Path original, Path copy) throws IOException {
        try (Stream<Path> files = Files.walk(original)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                Path target = copy.resolve(original.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(target);
                } else {
                    Files.copy(file, target);
                }
            }
        }
    }

    /** The copies, in the order of the class path. */
    public List<Entry> entries() {
        return entries;
    }

    /** The copies alone. */
    public List<Path> copies() {
        return entries.stream().map(Entry::copy).toList();
    }

    @Override
    public void close() {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("temporary directory " + directory + " can't be removed", e);
        }
    }
}
