package dev.loomgate.files;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.util.ArrayList;
import java.util.List;

import dev.loomgate.files.StaticFilesSettings.DotFiles;
import dev.loomgate.files.StaticFilesSettings.Symlinks;

/**
 * The directory that is served, and the rules for what may be reached in it. Every access walks from the root, one name at a
 * time, with {@code openat} on the directory before and, unless links are followed, {@code O_NOFOLLOW} ({@link Folder}): what
 * was checked is what is opened, even when someone exchanges a directory for a symbolic link at that moment. The root itself is
 * opened by its path each time, so that it can be a link that a deployment switches.
 */
final class Docroot {
    private static final String WELL_KNOWN = ".well-known";

    private final Path root;
    private final Symlinks symlinks;
    private final DotFiles dotFiles;

    /**
     * @throws IllegalArgumentException if the root is not a directory, or its file system has no {@code openat}
     */
    Docroot(StaticFilesSettings settings) {
        root = settings.root();
        symlinks = settings.symlinks();
        dotFiles = settings.dotFiles();
        if (!Files.isDirectory(root)) {
            throw new IllegalArgumentException("root: '" + root + "' is not a directory; create it or correct the path");
        }
        try {
            open().close();
        } catch (IOException e) {
            throw new IllegalArgumentException("root: '" + root + "' can't be opened: " + e, e);
        }
    }

    /** The root's path, for messages. */
    Path path() {
        return root;
    }

    /** What to do with symbolic links. */
    Symlinks symlinks() {
        return symlinks;
    }

    /** Whether a name may be served as far as the rule for dot files goes. */
    boolean allows(String name) {
        return dotFiles == DotFiles.SERVE || !name.startsWith(".") || name.equals(WELL_KNOWN);
    }

    private Folder open() throws IOException {
        DirectoryStream<Path> stream = Files.newDirectoryStream(root);
        if (stream instanceof SecureDirectoryStream<Path> secure) {
            return new Folder(this, secure, root);
        }
        stream.close();
        throw new IOException("the file system has no openat; put the files on another one");
    }

    /**
     * Opens a directory below the root.
     *
     * @param names path from the root, checked by {@link RequestPath}
     * @throws Unservable if there is none, or it may not be reached
     */
    Folder open(List<String> names) throws Unservable {
        try {
            Folder folder = open();
            for (String name : names) {
                if (!allows(name)) {
                    folder.close();
                    throw Unservable.missing("dot file");
                }
                try (Folder outer = folder) {
                    folder = outer.enter(name);
                }
            }
            return folder;
        } catch (IOException | InvalidPathException e) {
            throw unservable(e);
        }
    }

    /**
     * Finds out where a symbolic link leads, for {@link Symlinks#INSIDE}.
     *
     * @return names of the target from the root, none of them a link
     * @throws Unservable if it leads out of the root, to a dot file that is not served, or nowhere
     */
    List<String> follow(Path link) throws Unservable, IOException {
        Path realRoot = root.toRealPath();
        Path target = link.toRealPath();
        if (!target.startsWith(realRoot)) {
            throw Unservable.refused("symbolic link leads out of the root; 'symlinks: follow' would serve its target");
        }
        var names = new ArrayList<String>();
        for (Path name : realRoot.relativize(target)) {
            if (!name.toString().isEmpty()) {
                names.add(name.toString());
            }
        }
        for (String name : names) {
            if (!allows(name)) {
                throw Unservable.missing("symbolic link to a dot file");
            }
        }
        return names;
    }

    /** Says what a failure of the file system means to the client. */
    static Unservable unservable(Exception e) {
        return switch (e) {
            case NoSuchFileException missing -> Unservable.missing("no such file");
            case NotDirectoryException missing -> Unservable.missing("not a directory");
            case InvalidPathException unnameable -> Unservable.refused("the file name can't be written in the JVM's encoding "
                    + System.getProperty("sun.jnu.encoding") + "; start it with LC_ALL=C.UTF-8");
            case AccessDeniedException denied -> Unservable.refused(
                    "not readable for this process; grant it read access to the file and search access to its directories");
            // for the rest, the JDK has no types but the system's words
            case IOException name when says(name, "File name too long") -> Unservable.missing("a name is too long");
            case IOException full when says(full, "Too many open files") -> Unservable.exhausted(
                    "too many open files; raise the descriptor limit");
            case IOException link when says(link, "symbolic link") -> Unservable.refused(
                    "symbolic links without end, or one that took the place of a file while it was looked up");
            default -> Unservable.failed(e.toString());
        };
    }

    private static boolean says(IOException e, String words) {
        return e.getMessage() != null && e.getMessage().contains(words);
    }
}
