package dev.loomgate.gateway.forkserver;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;

/**
 * By what it is noticed that a file has changed.
 *
 * @param modified when it was modified
 * @param size     its length, in bytes
 * @param key      device and number of the file, or null where there is no such thing
 */
record FileState(FileTime modified, long size, Object key) {
    private static final FileState MISSING = new FileState(FileTime.fromMillis(0), -1, "missing");

    /** The state that the file has now. */
    static FileState of(Path file) {
        try {
            var attributes = Files.readAttributes(file, BasicFileAttributes.class);
            return new FileState(attributes.lastModifiedTime(), attributes.size(), attributes.fileKey());
        } catch (IOException e) {
            return MISSING;
        }
    }

    /** Whether it was modified at this time or later, in milliseconds since 1970, and not in the future. */
    boolean modifiedSince(long millis, long now) {
        return modified.toMillis() >= millis && modified.toMillis() <= now;
    }
}
