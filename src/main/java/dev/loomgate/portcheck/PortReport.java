package dev.loomgate.portcheck;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

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
     * Looks at programs: jars, WARs, scripts, classes, and directories in which any of these lie, however deep and however mixed.
     *
     * @param paths what to look at
     * @param java  release of Java that is to run them
     * @throws NoSuchFileException if one of them is not there
     * @throws NoProgramException  if one of them is neither a file nor a directory
     * @throws IOException         if one can't be read
     */
    public static PortReport of(List<Path> paths, int java) throws IOException {
        for (Path path : paths) {
            if (!Files.exists(path)) {
                throw new NoSuchFileException(path.toString());
            }
            if (!Files.isRegularFile(path) && !Files.isDirectory(path)) {
                // reading a pipe or a terminal would wait for ever
                throw new NoProgramException(path);
            }
        }
        var subjects = new ArrayList<Subject>();
        for (Path path : paths) {
            Path absolute = path.toAbsolutePath().normalize();
            if (Files.isDirectory(absolute)) {
                // a link would not be looked into
                addAll(Files.isSymbolicLink(absolute) ? absolute.toRealPath() : absolute, java, subjects);
            } else {
                subjects.add(ofFile(absolute, java));
            }
        }
        return new PortReport(subjects);
    }

    private static Subject ofFile(Path file, int java) throws IOException {
        if (JavaCheck.isArchive(file)) {
            return JavaCheck.check(file, java);
        }
        return file.toString().endsWith(".class")
                ? JavaCheck.check(Contents.rootOf(file).orElse(file.getParent()), List.of(file), java) : ScriptCheck.check(file);
    }

    private static void addAll(Path directory, int java, List<Subject> subjects) throws IOException {
        Contents contents = Contents.of(directory);
        int before = subjects.size();
        for (Map.Entry<Path, List<Path>> classes : contents.classes().entrySet()) {
            subjects.add(JavaCheck.check(classes.getKey(), classes.getValue(), java));
        }
        for (Path application : contents.applications()) {
            subjects.add(JavaCheck.check(application, java));
        }
        for (Path archive : contents.archives()) {
            subjects.add(JavaCheck.check(archive, java));
        }
        var scripts = new ArrayList<Path>();
        for (Path file : contents.others()) {
            if (ScriptCheck.takes(file)) {
                scripts.add(file);
            }
        }
        if (subjects.size() == before) {
            subjects.add(ScriptCheck.check(directory, scripts));
            return;
        }
        // a route for all of the directory would serve the rest of it, too
        for (Path script : scripts.stream().filter(script -> script.getParent().equals(directory)).toList()) {
            subjects.add(ScriptCheck.check(script));
        }
        scripts.removeIf(script -> script.getParent().equals(directory));
        for (Map.Entry<Path, List<Path>> some : contents.scriptDirectories(scripts).entrySet()) {
            subjects.add(ScriptCheck.check(some.getKey(), some.getValue()));
        }
    }

    /** Whether anything must be dealt with before all of it runs as it should. */
    public boolean needsWork() {
        return subjects.stream().anyMatch(Subject::needsWork);
    }
}
