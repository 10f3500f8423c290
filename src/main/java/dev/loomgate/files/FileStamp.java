package dev.loomgate.files;

import java.nio.file.attribute.BasicFileAttributes;
import java.util.concurrent.TimeUnit;

/**
 * What tells one state of a file from another without reading it.
 *
 * @param key            device and inode: another one means that the file was replaced
 * @param size           bytes
 * @param modifiedMicros microseconds since the epoch
 */
record FileStamp(Object key, long size, long modifiedMicros) {
    /**
     * A file that was modified less than this before it was looked at may be modified again without its time changing: the
     * clocks of file systems tick between every few milliseconds (ext4, XFS) and every two seconds (FAT).
     */
    private static final long TICK_MICROS = 2_000_000;

    static FileStamp of(BasicFileAttributes attributes) {
        return new FileStamp(attributes.fileKey(), attributes.size(), attributes.lastModifiedTime().to(TimeUnit.MICROSECONDS));
    }

    /** Whether the file may change again without its stamp changing. */
    boolean isUnsettled(long nowMicros) {
        return Math.abs(nowMicros - modifiedMicros) < TICK_MICROS;
    }

    /** Modification time in whole seconds, as HTTP and the older compressors have it. */
    long modifiedSeconds() {
        return Math.floorDiv(modifiedMicros, 1_000_000);
    }
}
