package dev.loomgate.deploy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * What files look like from outside: names, sizes, times. Two stamps that are equal mean the same files.
 *
 * @param absent what was not there, or could not be looked at; empty if all could
 * @param files  all files, those in directories too, in the order of their names
 */
record FileStamp(Optional<Path> absent, List<FileState> files) {

    /** One file. */
    record FileState(Path path, long size, long modified, Object key) {
    }

    /** Looks at them. Where files come and go meanwhile, the next look tells more. */
    static FileStamp of(List<Path> entries) {
        var files = new ArrayList<FileState>();
        for (Path entry : entries) {
            try (Stream<Path> below = Files.walk(entry, FileVisitOption.FOLLOW_LINKS)) {
                for (Path file : (Iterable<Path>) below.sorted()::iterator) {
                    BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
                    if (attributes.isRegularFile()) {
                        files.add(new FileState(file, attributes.size(),
                                attributes.lastModifiedTime().to(TimeUnit.NANOSECONDS), attributes.fileKey()));
                    }
                }
            } catch (IOException | UncheckedIOException e) {
                return new FileStamp(Optional.of(entry), List.of());
            }
        }
        return new FileStamp(Optional.empty(), List.copyOf(files));
    }

    /** The same look at some of the files. */
    FileStamp within(List<Path> entries) {
        return new FileStamp(absent, entries.stream()
                .flatMap(entry -> files.stream().filter(file -> file.path().startsWith(entry))).toList());
    }
}
