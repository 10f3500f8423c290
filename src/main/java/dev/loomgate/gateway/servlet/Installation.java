package dev.loomgate.gateway.servlet;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.ZipFile;

/**
 * An application as it is run: its code is copied, so that the files that it came from may be replaced at any time while it
 * goes on, as old code beside the new.
 *
 * @param root pages, other static files and {@code WEB-INF}; a directory of the user's if the WAR is one, so that a page that
 *             is edited there is served at once
 * @param code {@code classes} and {@code lib}, which take the places of those in {@code WEB-INF} of the root
 * @param work directory for temporary files
 * @param jsp  whether there are pages to compile
 */
record Installation(Path root, Path code, Path work, boolean jsp) {
    /**
     * Makes one.
     *
     * @param base directory for it, which exists and is empty
     */
    static Installation of(ServletSettings settings, Path base) throws IOException {
        ServletApplication application = settings.application();
        Path work = Files.createDirectory(base.resolve("work"));
        boolean migrate = switch (settings.migration()) {
            case ALWAYS -> true;
            case NEVER -> false;
            case AUTO -> JavaxUse.of(application);
        };
        MigrationCache cache = migrate ? MigrationCache.open(settings.cache()) : null;
        Path root = base.resolve("root");
        Path code = Files.createDirectory(base.resolve("code"));
        switch (application) {
            case ServletApplication.War(Path war) -> {
                Path source = migrate ? cache.migrated(war) : war;
                if (!Files.isDirectory(war)) {
                    Files.createDirectory(root);
                    FileTree.unpack(source, root);
                } else if (migrate) {
                    FileTree.copy(source, root);
                } else {
                    root = war.toRealPath();
                    copyCode(root.resolve("WEB-INF/classes"), code.resolve("classes"));
                    copyCode(root.resolve("WEB-INF/lib"), code.resolve("lib"));
                }
            }
            case ServletApplication.Classes classes -> {
                Files.createDirectories(root);
                for (Path entry : classes.parts()) {
                    install(migrate ? cache.migrated(entry) : entry, entry.getFileName().toString(), code);
                }
            }
        }
        return new Installation(root, code, work, hasPages(root) || hasPagesInJars(root.resolve("WEB-INF/lib"))
                || hasPagesInJars(code.resolve("lib")));
    }

    private static void copyCode(Path from, Path to) throws IOException {
        if (Files.isDirectory(from)) {
            FileTree.copy(from, to);
        }
    }

    private static void install(Path entry, String name, Path code) throws IOException {
        if (Files.isDirectory(entry)) {
            merge(entry, Files.createDirectories(code.resolve("classes")));
            return;
        }
        Path lib = Files.createDirectories(code.resolve("lib"));
        Path target = lib.resolve(name.endsWith(".jar") ? name : name + ".jar");
        for (int i = 2; Files.exists(target); i++) {
            target = lib.resolve(i + "-" + name);
        }
        FileTree.copy(entry, target);
    }

    /** The first of two files of the same name counts, as on any class path. */
    private static void merge(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                Path target = to.resolve(from.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(target);
                } else if (!Files.exists(target)) {
                    Files.copy(file, target);
                }
            }
        }
    }

    private static boolean hasPages(Path root) throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            return files.anyMatch(file -> isPage(file.toString()));
        }
    }

    private static boolean hasPagesInJars(Path lib) throws IOException {
        if (!Files.isDirectory(lib)) {
            return false;
        }
        List<Path> jars;
        try (Stream<Path> files = Files.list(lib)) {
            jars = files.filter(file -> file.toString().endsWith(".jar")).toList();
        }
        for (Path jar : jars) {
            try (var archive = new ZipFile(jar.toFile())) {
                if (archive.stream().anyMatch(e -> e.getName().startsWith("META-INF/resources/") && isPage(e.getName()))) {
                    return true;
                }
            } catch (IOException e) {
                throw new IOException(jar.getFileName() + " can't be read: " + e.getMessage(), e);
            }
        }
        return false;
    }

    private static boolean isPage(String name) {
        return name.endsWith(".jsp") || name.endsWith(".jspx");
    }
}
