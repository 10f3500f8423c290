package dev.loomgate.deploy;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Code that is replaced when its files change. Safe for use by many threads.
 *
 * @param <T> what is loaded of the files; closed when a later version has taken its place and nobody uses it any more
 */
public final class Deployment<T extends AutoCloseable> implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(Deployment.class);

    private final String name;
    private final List<Path> files;
    private final Callable<T> loader;
    private volatile Version<T> current;
    private volatile Status status;
    // of the watch's thread, after the start
    private FileStamp loaded;
    private FileStamp seen;

    private Deployment(String name, List<Path> files, Callable<T> loader, FileStamp stamp, T first) {
        this.name = name;
        this.files = List.copyOf(files);
        this.loader = loader;
        this.loaded = stamp;
        this.seen = stamp;
        this.current = new Version<>(first, 1);
        this.status = new Status(name, 1, Instant.now(), Optional.empty());
    }

    /**
     * Loads the first version.
     *
     * @param name   what the log calls it
     * @param files  jars and directories to look at for changes
     * @param loader makes a version; what it throws, for the first version here, for a later one into the log
     * @throws Exception what the loader throws
     */
    public static <T extends AutoCloseable> Deployment<T> load(String name, List<Path> files, Callable<T> loader)
            throws Exception {
        FileStamp stamp = FileStamp.of(files);
        return new Deployment<>(name, files, loader, stamp, loader.call());
    }

    /**
     * What is deployed.
     *
     * @param name    what it is
     * @param version number of the version that serves: 1 for what the server started with
     * @param since   when that was loaded
     * @param failure why a newer version does not serve, if there is one
     */
    public record Status(String name, int version, Instant since, Optional<String> failure) {
    }

    /** How it is at this moment. */
    public Status status() {
        return status;
    }

    /** The version to use now; must be {@linkplain Version#exit exited} from. */
    public Version<T> enter() {
        while (true) {
            Version<T> version = current;
            if (version.enter()) {
                return version;
            }
        }
    }

    /** Looks at the files and loads them if they have changed, and not since the last look: a copy may still be under way. */
    void look() {
        FileStamp now = FileStamp.of(files);
        boolean still = now.equals(seen);
        seen = now;
        if (still && !now.equals(loaded)) {
            loaded = now;
            replace();
        }
    }

    /** Loads a new version, whether or not the files have changed; one that fails leaves the old one in its place. */
    public synchronized void replace() {
        int number = status.version() + 1;
        try {
            T content = loader.call();
            Version<T> before = current;
            current = new Version<>(content, number);
            status = new Status(name, number, Instant.now(), Optional.empty());
            LOGGER.atInfo().addKeyValue("name", name).addKeyValue("version", number).log("new version deployed");
            before.retire();
        } catch (Exception | LinkageError e) {
            status = new Status(name, status.version(), status.since(), Optional.of(String.valueOf(e.getMessage())));
            LOGGER.atError().addKeyValue("name", name).addKeyValue("version", status.version()).setCause(e)
                    .log("the new version can't be loaded, the old one goes on: {}", e.getMessage());
        }
    }

    /** Lets go of the current version, as soon as nobody uses it. */
    @Override
    public void close() {
        current.retire();
    }
}
