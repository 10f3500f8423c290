package dev.loomgate.gateway;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Which files below a root are scripts, and how they run. Immutable; start from {@link #defaults()}.
 *
 * @param extensions   file name endings of scripts, such as {@code .pl}; empty: every file is a script
 * @param interpreters command that runs files of an extension, such as {@code .php} to {@code [/usr/bin/php-cgi]}; the file's
 *                     path is added as the last argument. The command's first word is an absolute path
 * @param index        file names to look for when a directory is asked for, in order; none: directories are refused
 * @param symlinks     what to do with symbolic links
 * @param executable   whether a file without interpreter must be executable for this process (false for gateways where
 *                     another process opens the file)
 */
public record ScriptRules(Set<String> extensions, Map<String, List<String>> interpreters, List<String> index,
                          Symlinks symlinks, boolean executable) {
    /**
     * Checks every part and keeps copies.
     *
     * @throws IllegalArgumentException naming the part and the value that is wrong
     */
    public ScriptRules {
        extensions = Set.copyOf(extensions);
        interpreters = Map.copyOf(interpreters);
        index = List.copyOf(index);
        extensions.forEach(ScriptRules::requireExtension);
        interpreters.forEach(ScriptRules::requireInterpreter);
        for (String name : index) {
            if (name.isEmpty() || name.indexOf('/') >= 0 || name.startsWith(".")) {
                throw new IllegalArgumentException("index '" + name + "' is not a plain file name");
            }
        }
    }

    private static void requireExtension(String extension) {
        if (extension.length() < 2 || extension.charAt(0) != '.' || extension.indexOf('/') >= 0) {
            throw new IllegalArgumentException("extension '" + extension + "' must be a dot and what follows it, such as .pl");
        }
    }

    private static void requireInterpreter(String extension, List<String> command) {
        requireExtension(extension);
        if (command.isEmpty() || !Path.of(command.getFirst()).isAbsolute()) {
            throw new IllegalArgumentException("interpreter " + command + " of " + extension
                    + " must begin with the absolute path of a program");
        }
    }

    /** Every executable file is a script, no index, links inside the root are followed. */
    public static ScriptRules defaults() {
        return new ScriptRules(Set.of(), Map.of(), List.of(), Symlinks.INSIDE, true);
    }

    /** These rules with other extensions. */
    public ScriptRules withExtensions(Set<String> others) {
        return new ScriptRules(others, interpreters, index, symlinks, executable);
    }

    /** These rules with other interpreters. */
    public ScriptRules withInterpreters(Map<String, List<String>> others) {
        return new ScriptRules(extensions, others, index, symlinks, executable);
    }

    /** These rules with other index names. */
    public ScriptRules withIndex(List<String> others) {
        return new ScriptRules(extensions, interpreters, others, symlinks, executable);
    }

    /** These rules with another treatment of symbolic links. */
    public ScriptRules withSymlinks(Symlinks other) {
        return new ScriptRules(extensions, interpreters, index, other, executable);
    }

    /** These rules for files that need not be executable for this process. */
    public ScriptRules withoutExecutableCheck() {
        return new ScriptRules(extensions, interpreters, index, symlinks, false);
    }

    boolean isScript(String fileName) {
        return extensions.isEmpty() || extensions.stream().anyMatch(fileName::endsWith);
    }

    List<String> interpreterOf(String fileName) {
        for (Map.Entry<String, List<String>> entry : interpreters.entrySet()) {
            if (fileName.endsWith(entry.getKey())) {
                return entry.getValue();
            }
        }
        return List.of();
    }
}
