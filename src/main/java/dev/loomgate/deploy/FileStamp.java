package dev.loomgate.deploy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * What files look like from outside: names, sizes, times. Two stamps that are equal mean the same files.
 *
 * @param files all files, those in directories too, in the order of their names
 */
record FileStamp(List<FileState> files) {
    /** One file. */
    record FileState(Path path, long size, long modified, Object key) {
    }

    /** Looks at them. What is not there, or goes while it is looked at, is left out. */
    static FileStamp of(List<Path> entries) {
        var files = new ArrayList<FileState>();
        for (Path entry : entries) {
            try (Stream<Path> below = Files.walk(entry)) {
                below.sorted().forEach(file -> add(file, files));
            } catch (IOException | UncheckedIOException e) {
                // the next look tells more
            }
        }
        return new FileStamp(List.copyOf(files));
    }

    private static void add(Path file, List<FileState> files) {
        try {
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            if (attributes.isRegularFile()) {
                files.add(new FileState(file, attributes.size(), attributes.lastModifiedTime().toMillis(), attributes.fileKey()));
            }
        } catch (IOException e) {
            // gone
        }
    }
}
