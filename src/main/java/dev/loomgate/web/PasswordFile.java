package dev.loomgate.web;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Users and the hashes of their passwords, as {@code htpasswd} writes them: {@code name:hash}, one a line, lines with {@code #}
 * left out. Read again when the file changes. Safe for use by many threads.
 */
public final class PasswordFile {
    private static final Logger LOGGER = LoggerFactory.getLogger(PasswordFile.class);
    /** Nanoseconds between two looks at the file. */
    private static final long LOOK = 1_000_000_000;
    private static final long MOST = 16 << 20;

    private final Path file;
    private volatile Content content;

    private record Content(Map<String, String> hashes, FileTime modified, long size, Object key, long looked) {
        boolean isOf(BasicFileAttributes now) {
            return modified.equals(now.lastModifiedTime()) && size == now.size() && (key == null || key.equals(now.fileKey()));
        }
    }

    private PasswordFile(Path file, Content content) {
        this.file = file;
        this.content = content;
    }

    /**
     * Reads a file.
     *
     * @throws IllegalArgumentException with a message for the person who wrote it, if it can't be read, holds no user, or a hash
     *                                  of a kind that is not known
     */
    public static PasswordFile open(Path file) {
        try {
            return new PasswordFile(file, read(file));
        } catch (IOException e) {
            throw new IllegalArgumentException(file + " can't be read: " + e, e);
        }
    }

    private static Content read(Path file) throws IOException {
        BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
        if (attributes.size() > MOST) {
            throw new IllegalArgumentException(file + " is larger than 16 MB");
        }
        var hashes = new HashMap<String, String>();
        List<String> lines = new String(Files.readAllBytes(file), StandardCharsets.UTF_8).lines().toList();
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i).strip();
            if (line.isEmpty() || line.startsWith("#")) {
                continue;
            }
            int colon = line.indexOf(':');
            if (colon <= 0) {
                throw new IllegalArgumentException(file + ", line " + (i + 1) + ": a line is name:hash, as htpasswd -B writes it");
            }
            String hash = line.substring(colon + 1);
            if (!PasswordHash.isKnown(hash)) {
                // what stands there may be the password itself: it must not get into a log
                throw new IllegalArgumentException(file + ", line " + (i + 1) + ": the hash of user '" + line.substring(0, colon)
                        + "' is none of bcrypt, SHA-512, SHA-256 and apr1; make it anew with 'htpasswd -B " + file + " "
                        + line.substring(0, colon) + "'");
            }
            hashes.put(line.substring(0, colon), hash);
        }
        if (hashes.isEmpty()) {
            throw new IllegalArgumentException(file + " holds no user; add one with 'htpasswd -B " + file + " NAME'");
        }
        return new Content(Map.copyOf(hashes), attributes.lastModifiedTime(), attributes.size(), attributes.fileKey(),
                System.nanoTime());
    }

    /** Hashes by user, as the file has them now, or had them when it could last be read. Never empty. */
    Map<String, String> hashes() {
        Content known = content;
        if (System.nanoTime() - known.looked() > LOOK) {
            content = looked(known);
        }
        return content.hashes();
    }

    private Content looked(Content known) {
        var unchanged = new Content(known.hashes(), known.modified(), known.size(), known.key(), System.nanoTime());
        try {
            BasicFileAttributes now = Files.readAttributes(file, BasicFileAttributes.class);
            if (known.isOf(now)) {
                return unchanged;
            }
            Content changed = read(file);
            LOGGER.atInfo().addKeyValue("file", file).addKeyValue("users", changed.hashes().size()).log("passwords read again");
            return changed;
        } catch (IOException | IllegalArgumentException e) {
            LOGGER.atWarn().addKeyValue("file", file).addKeyValue("reason", e.getMessage())
                    .log("passwords can't be read again; those from before still count");
            return unchanged;
        }
    }
}
