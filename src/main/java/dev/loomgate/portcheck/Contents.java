package dev.loomgate.portcheck;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What lies in a directory, each part being a subject of its own: classes by the directory that belongs on a class path, web
 * applications, archives, and everything else, among which scripts may be.
 */
final class Contents {
    private final Path directory;
    private final Map<Path, List<Path>> classes = new TreeMap<>();
    private final List<Path> unplaced = new ArrayList<>();
    private final TreeSet<Path> applications = new TreeSet<>();
    private final TreeSet<Path> archives = new TreeSet<>();
    private final TreeSet<Path> others = new TreeSet<>();

    private Contents(Path directory) {
        this.directory = directory;
    }

    /** Looks into a directory and all below it; names of classes are read, and of other files nothing. */
    static Contents of(Path directory) throws IOException {
        var contents = new Contents(directory);
        Files.walkFileTree(directory, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path place, BasicFileAttributes attributes) {
                if (Files.isDirectory(place.resolve("WEB-INF"))) {
                    contents.applications.add(place);
                    return FileVisitResult.SKIP_SUBTREE;
                }
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                // through links: a pipe would be waited for
                if (Files.isRegularFile(file)) {
                    contents.add(file);
                }
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) {
                // what can't be looked into is told of as a file that can't be read
                contents.others.add(file);
                return FileVisitResult.CONTINUE;
            }
        });
        contents.placeTheRest();
        return contents;
    }

    private void add(Path file) throws IOException {
        if (JavaCheck.isArchive(file)) {
            archives.add(file);
        } else if (file.toString().endsWith(".class")) {
            if (!file.toString().contains("/META-INF/versions/")) {
                rootOf(file).ifPresentOrElse(root -> classes.computeIfAbsent(root, any -> new ArrayList<>()).add(file),
                        () -> unplaced.add(file));
            }
        } else {
            others.add(file);
        }
    }

    /** The directory from which the class is found by its name; empty if it lies elsewhere, is none, or tells nothing. */
    static Optional<Path> rootOf(Path file) throws IOException {
        String name;
        try (InputStream in = Files.newInputStream(file)) {
            name = JavaCheck.nameOf(in.readAllBytes());
        } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
            // what ASM throws at bytes that are no class
            return Optional.empty();
        }
        Path inRoot = Path.of(name + ".class");
        if (!file.endsWith(inRoot)) {
            return Optional.empty();
        }
        Path root = file;
        for (int i = 0; i < inRoot.getNameCount(); i++) {
            root = root.getParent();
        }
        return Optional.of(root);
    }

    /** With the classes around them, so that they are told of where they would be missed. */
    private void placeTheRest() {
        for (Path file : unplaced) {
            Path root = classes.keySet().stream().filter(file::startsWith).reduce((a, b) -> b).orElse(file.getParent());
            classes.computeIfAbsent(root, any -> new ArrayList<>()).add(file);
        }
    }

    /** Class files, by the directory that belongs on the class path. */
    Map<Path, List<Path>> classes() {
        return classes;
    }

    /** Directories that hold a {@code WEB-INF}. */
    Collection<Path> applications() {
        return applications;
    }

    /** Jars and WARs, but those of web applications. */
    Collection<Path> archives() {
        return archives;
    }

    /** All other files. */
    Collection<Path> others() {
        return others;
    }

    /**
     * The topmost directories below this one that hold scripts themselves, with the scripts in and below each: what a cgi-bin is,
     * wherever it lies.
     *
     * @param scripts those of {@link #others} that are scripts, and not in this directory itself
     */
    Map<Path, List<Path>> scriptDirectories(Collection<Path> scripts) {
        var parents = new HashSet<Path>();
        scripts.forEach(script -> parents.add(script.getParent()));
        var found = new TreeMap<Path, List<Path>>();
        for (Path script : scripts) {
            Path top = script.getParent();
            for (Path place = top; !place.equals(directory); place = place.getParent()) {
                if (parents.contains(place)) {
                    top = place;
                }
            }
            found.computeIfAbsent(top, any -> new ArrayList<>()).add(script);
        }
        return found;
    }
}
