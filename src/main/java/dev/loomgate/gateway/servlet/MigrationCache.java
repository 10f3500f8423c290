package dev.loomgate.gateway.servlet;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.logging.Level;
import java.util.stream.Stream;

import org.apache.tomcat.jakartaee.EESpecProfiles;
import org.apache.tomcat.jakartaee.Migration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Copies of jars, WARs and directories in which {@code javax.servlet} has become {@code jakarta.servlet}, made by Tomcat's
 * migration tool when first needed and kept under a digest of what they were made of. Several servers may share the
 * directory: a copy appears under its name when it is whole, and is not changed after that.
 */
final class MigrationCache {
    private static final Logger LOGGER = LoggerFactory.getLogger(MigrationCache.class);
    /** Copies of another version of the tool are not used. */
    private static final String TOOL = "1.0.12";
    /** The tool reports each file that it looks at; held because a logger that nobody holds forgets its level. */
    private static final java.util.logging.Logger TOOL_LOG = java.util.logging.Logger.getLogger("org.apache.tomcat.jakartaee");

    private final Path directory;

    private MigrationCache(Path directory) {
        this.directory = directory;
    }

    /**
     * Opens a cache.
     *
     * @param chosen directory; without it, one of the user's own in the directory for temporary files
     */
    static MigrationCache open(Optional<Path> chosen) throws IOException {
        TOOL_LOG.setLevel(Level.WARNING);
        if (chosen.isPresent()) {
            return new MigrationCache(Files.createDirectories(chosen.get()));
        }
        Path temporary = Path.of(System.getProperty("java.io.tmpdir"));
        Path shared = temporary.resolve("loomgate-migrated-" + System.getProperty("user.name"));
        var mine = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
        try {
            Files.createDirectory(shared, mine);
        } catch (FileAlreadyExistsException e) {
            // anyone may make a directory of this name there, and code would be taken from it
            Path probe = Files.createTempDirectory("loomgate-migrated-", mine);
            boolean ours = Files.isDirectory(shared, java.nio.file.LinkOption.NOFOLLOW_LINKS)
                    && Files.getOwner(shared).equals(Files.getOwner(probe))
                    && Files.getPosixFilePermissions(shared).equals(Files.getPosixFilePermissions(probe));
            if (!ours) {
                LOGGER.atWarn().addKeyValue("directory", shared).log("not used for migrated applications: it belongs to another");
                return new MigrationCache(probe);
            }
            Files.delete(probe);
        }
        return new MigrationCache(shared);
    }

    /**
     * The migrated copy of a jar, a WAR or a directory.
     *
     * @throws IOException if it can't be read, migrated or written
     */
    Path migrated(Path source) throws IOException {
        String name = digest(source) + (Files.isDirectory(source) ? "" : ".jar");
        Path kept = directory.resolve(name);
        if (!Files.exists(kept)) {
            Path made = directory.resolve("." + name + "." + UUID.randomUUID());
            try {
                migrate(source, made);
                Files.move(made, kept, StandardCopyOption.ATOMIC_MOVE);
            } catch (DirectoryNotEmptyException | FileAlreadyExistsException e) {
                LOGGER.debug("another has made {} meanwhile", kept, e);
            } finally {
                FileTree.delete(made);
            }
        }
        return kept;
    }

    private static void migrate(Path source, Path target) throws IOException {
        LOGGER.atInfo().addKeyValue("application", source).log("migrating from javax.servlet to jakarta.servlet");
        if (Files.isDirectory(source)) {
            Files.createDirectories(target);
        }
        var migration = new Migration();
        migration.setEESpecProfile(EESpecProfiles.TOMCAT);
        migration.setSource(source.toFile());
        migration.setDestination(target.toFile());
        migration.execute();
    }

    private static String digest(Path source) throws IOException {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(TOOL.getBytes(StandardCharsets.US_ASCII));
            if (Files.isDirectory(source)) {
                try (Stream<Path> files = Files.walk(source)) {
                    List<Path> sorted = files.filter(Files::isRegularFile).sorted().toList();
                    for (Path file : sorted) {
                        digest.update((source.relativize(file) + "\0" + Files.size(file) + "\0")
                                .getBytes(StandardCharsets.UTF_8));
                        update(digest, file);
                    }
                }
            } else {
                update(digest, source);
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    private static void update(MessageDigest digest, Path file) throws IOException {
        byte[] buffer = new byte[64 * 1024];
        try (InputStream in = Files.newInputStream(file)) {
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                digest.update(buffer, 0, count);
            }
        }
    }
}
