package dev.loomgate.files;

import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/** What is known of a path that leads to a file: its representations, and when the file system was last asked about them. */
final class Resource implements Answer {
    /**
     * Bytes of heap that the cache counts for a resource beside its bodies: the path, the header fields as text and as bytes,
     * the entries of the cache.
     */
    private static final int OVERHEAD = 2048;

    private final String path;
    private final List<String> folder;
    private final Representation plain;
    private final List<Encoded> encoded;
    private final AtomicLong checkedAt;

    /**
     * @param path    canonical path of requests for it
     * @param folder  names of the file's directory from the root
     * @param plain   the file itself
     * @param encoded its precompressed siblings, the preferred one first
     * @param now     {@link System#nanoTime} before the file system was asked
     */
    Resource(String path, List<String> folder, Representation plain, List<Encoded> encoded, long now) {
        this.path = path;
        this.folder = folder;
        this.plain = plain;
        this.encoded = encoded;
        this.checkedAt = new AtomicLong(now);
    }

    /** A precompressed representation. */
    record Encoded(ContentCoding coding, Representation representation) {
    }

    /** A file that holds a representation, as it was seen in its directory; the coding is null for the file itself. */
    record Seen(ContentCoding coding, String name, FileStamp stamp) {
    }

    String path() {
        return path;
    }

    List<String> folder() {
        return folder;
    }

    Representation plain() {
        return plain;
    }

    List<Encoded> encoded() {
        return encoded;
    }

    /** Bytes that it counts for in the cache. */
    long weight() {
        long bytes = OVERHEAD + plain.heapBytes();
        for (Encoded one : encoded) {
            bytes += one.representation().heapBytes();
        }
        return bytes;
    }

    /**
     * Whether the caller should ask the file system whether anything has changed. True for one caller each time that the
     * resource gets too old; the others go on with what there is, so that a hot file is looked at once, not by all at once.
     *
     * @param maxAge nanoseconds
     */
    boolean isDue(long now, long maxAge) {
        long last = checkedAt.get();
        return now - last >= maxAge && checkedAt.compareAndSet(last, now);
    }

    /** Whether the files that were seen now are those that this resource was made from, unchanged. */
    boolean isStill(List<String> folderNow, List<Seen> filesNow) {
        if (!folder.equals(folderNow) || encoded.size() != filesNow.size() - 1) {
            return false;
        }
        for (int i = 0; i < filesNow.size(); i++) {
            Seen seen = filesNow.get(i);
            Representation mine = i == 0 ? plain : encoded.get(i - 1).representation();
            if (!mine.isStill(seen.name(), seen.stamp())) {
                return false;
            }
        }
        return true;
    }
}
