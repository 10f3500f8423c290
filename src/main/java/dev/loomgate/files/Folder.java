package dev.loomgate.files;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.NotDirectoryException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

import dev.loomgate.files.StaticFilesSettings.Symlinks;

/**
 * An open directory of a {@link Docroot}. Names are looked up in the directory that is open, not in its path. Nothing is opened
 * before it was seen to be a directory or a regular file: opening a FIFO would block until someone writes to it, and opening a
 * device can do anything.
 */
final class Folder implements AutoCloseable {
    private static final LinkOption[] NOFOLLOW = {LinkOption.NOFOLLOW_LINKS};
    private static final LinkOption[] FOLLOW = {};

    private final Docroot docroot;
    private final SecureDirectoryStream<Path> stream;
    /** The way from the open directory to this one, which may be searched but not opened (mode {@code --x}); often empty. */
    private final Path beneath;
    private final Path path;

    Folder(Docroot docroot, SecureDirectoryStream<Path> stream, Path path) {
        this(docroot, stream, Path.of(""), path);
    }

    private Folder(Docroot docroot, SecureDirectoryStream<Path> stream, Path beneath, Path path) {
        this.docroot = docroot;
        this.stream = stream;
        this.beneath = beneath;
        this.path = path;
    }

    /**
     * Looks a name up.
     *
     * @throws IOException          as {@link Docroot#unservable} understands it, if there is no such file among other causes
     * @throws InvalidPathException if the JVM's encoding can't express the name
     * @throws Unservable           if it is a symbolic link that may not be followed
     */
    Place find(String name) throws IOException, Unservable {
        if (docroot.symlinks() == Symlinks.FOLLOW) {
            return new Place(this, name, attributes(name, FOLLOW), FOLLOW, false);
        }
        BasicFileAttributes attributes = attributes(name, NOFOLLOW);
        if (!attributes.isSymbolicLink()) {
            return new Place(this, name, attributes, NOFOLLOW, false);
        }
        if (docroot.symlinks() == Symlinks.REFUSE) {
            throw Unservable.refused("symbolic link; 'symlinks: inside' or 'symlinks: follow' would serve its target");
        }
        return elsewhere(docroot.follow(path.resolve(name)));
    }

    private Place elsewhere(List<String> target) throws IOException, Unservable {
        if (target.isEmpty()) {
            throw Unservable.refused("symbolic link to the root");
        }
        Folder folder = docroot.open(target.subList(0, target.size() - 1));
        try {
            String name = target.getLast();
            BasicFileAttributes attributes = folder.attributes(name, NOFOLLOW);
            if (attributes.isSymbolicLink()) {
                throw Unservable.refused("symbolic link that changed while it was followed");
            }
            return new Place(folder, name, attributes, NOFOLLOW, true);
        } catch (IOException | Unservable | RuntimeException e) {
            folder.close();
            throw e;
        }
    }

    /**
     * Opens a directory in this one. Closing this one does not close it.
     *
     * @throws IOException as {@link #find}; {@link NotDirectoryException} if it is something else
     */
    Folder enter(String name) throws IOException, Unservable {
        try (Place place = find(name)) {
            if (!place.attributes().isDirectory()) {
                throw new NotDirectoryException(name);
            }
            return place.folder().enter(place.name(), place.options());
        }
    }

    private Folder enter(String name, LinkOption[] options) throws IOException {
        try {
            return new Folder(docroot, stream.newDirectoryStream(here(name), options), path.resolve(name));
        } catch (AccessDeniedException e) {
            return enterUnreadable(name, options);
        }
    }

    /**
     * Serves the files of a directory that may be searched but not read. Java can't open such a directory, so the names in it
     * are reached by a way of more than one name, of which the system checks only the last: here, a link that is put in the
     * way between the check and the use would be followed.
     */
    private Folder enterUnreadable(String name, LinkOption[] options) throws IOException {
        SecureDirectoryStream<Path> same = stream.newDirectoryStream(Path.of("."), options);
        return new Folder(docroot, same, here(name), path.resolve(name));
    }

    /** Names of what is in this directory, in no order; at most so many. */
    List<String> names(int limit) throws IOException {
        if (!beneath.toString().isEmpty()) {
            throw new AccessDeniedException(path.toString());
        }
        var names = new ArrayList<String>();
        for (Path entry : stream) {
            if (names.size() == limit) {
                break;
            }
            names.add(entry.getFileName().toString());
        }
        return names;
    }

    /** This directory's path, for messages. */
    Path path() {
        return path;
    }

    private BasicFileAttributes attributes(String name, LinkOption... options) throws IOException {
        return stream.getFileAttributeView(here(name), BasicFileAttributeView.class, options).readAttributes();
    }

    private Path here(String name) {
        return beneath.resolve(name);
    }

    @Override
    public void close() {
        try {
            stream.close();
        } catch (IOException e) {
            // close(2) of a directory that was only read has nothing to lose
        }
    }

    /**
     * A name in a directory, and what it stands for: after a symbolic link, the link's target.
     *
     * @param options how to open it
     * @param owned   whether the directory was opened for this place and is closed with it
     */
    record Place(Folder folder, String name, BasicFileAttributes attributes, LinkOption[] options, boolean owned)
            implements AutoCloseable {
        FileStamp stamp() {
            return FileStamp.of(attributes);
        }

        /** Looks at the file again. */
        FileStamp stampNow() throws IOException {
            return FileStamp.of(folder.attributes(name, options));
        }

        Path path() {
            return folder.path.resolve(name);
        }

        /**
         * Opens the file for reading.
         *
         * @throws Unservable if it is not a regular file
         */
        OpenFile open() throws IOException, Unservable {
            if (!attributes.isRegularFile()) {
                throw Unservable.refused("neither a regular file nor a directory");
            }
            Set<OpenOption> how = options.length == 0 ? Set.of(StandardOpenOption.READ)
                    : Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);
            var channel = (FileChannel) folder.stream.newByteChannel(folder.here(name), how);
            try {
                // a file that has taken this one's place since it was looked at shows here
                return new OpenFile(channel, stampNow(), path());
            } catch (IOException | RuntimeException e) {
                channel.close();
                throw e;
            }
        }

        @Override
        public void close() {
            if (owned) {
                folder.close();
            }
        }
    }
}
