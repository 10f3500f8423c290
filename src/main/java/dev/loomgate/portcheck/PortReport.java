package dev.loomgate.portcheck;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * What was found in old programs.
 *
 * @param subjects the programs, in the order in which they were named
 */
public record PortReport(List<Subject> subjects) {
    /** Copies the list. */
    public PortReport {
        subjects = List.copyOf(subjects);
    }

    /**
     * Looks at programs: jars, WARs, directories of classes, directories of these, scripts and directories of scripts.
     *
     * @param paths what to look at
     * @param java  release of Java that is to run them
     * @throws NoSuchFileException if one of them is not there
     * @throws IOException         if one can't be read
     */
    public static PortReport of(List<Path> paths, int java) throws IOException {
        var subjects = new ArrayList<Subject>();
        for (Path path : paths) {
            Path absolute = path.toAbsolutePath().normalize();
            if (!Files.exists(absolute)) {
                throw new NoSuchFileException(path.toString());
            }
            add(absolute, java, subjects);
        }
        return new PortReport(subjects);
    }

    private static void add(Path path, int java, List<Subject> subjects) throws IOException {
        if (JavaCheck.takes(path)) {
            subjects.add(JavaCheck.check(path, java));
            return;
        }
        List<Path> archives = List.of();
        if (Files.isDirectory(path)) {
            try (Stream<Path> files = Files.list(path)) {
                archives = files.filter(file -> file.toString().endsWith(".jar") || file.toString().endsWith(".war")).sorted().toList();
            }
        }
        for (Path archive : archives) {
            subjects.add(JavaCheck.check(archive, java));
        }
        Subject scripts = ScriptCheck.check(path);
        if (archives.isEmpty() || !scripts.route().isEmpty()) {
            subjects.add(scripts);
        }
    }

    /** Whether anything must be dealt with before all of it runs as it should. */
    public boolean needsWork() {
        return subjects.stream().anyMatch(Subject::needsWork);
    }
}
