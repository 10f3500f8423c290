package dev.loomgate.deploy;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import io.helidon.http.HttpException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Code that is replaced when its files change. Safe for use by many threads.
 *
 * @param <T> what is loaded of the files; closed when a later version has taken its place and nobody uses it any more
 */
public final class Deployment<T extends AutoCloseable> implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(Deployment.class);
    private static final long PATIENCE = 30;

    private final Source<T> source;
    /** Opened when the first version has been loaded, or could not be. */
    private final CountDownLatch tried = new CountDownLatch(1);
    private volatile Version<T> current;
    private volatile Status status;
    private boolean begun;
    private boolean closed;
    // of the thread that loads the first version, then of the watch's thread
    private FileStamp loaded;
    private FileStamp seen;

    private Deployment(Source<T> source) {
        this.source = source;
        this.status = new Status(source.name(), 0, Instant.now(), Optional.empty());
    }

    /**
     * Loads the first version.
     *
     * @throws Exception what the source throws
     */
    public static <T extends AutoCloseable> Deployment<T> load(Source<T> source) throws Exception {
        var deployment = new Deployment<>(source);
        deployment.begins();
        deployment.loadFirst();
        return deployment;
    }

    /**
     * Loads the first version of a class path.
     *
     * @param classPath jars and directories to look at for changes, and {@code dir/*} for all jars of a directory; the first is
     *                  what the log calls it
     * @param loader    makes a version
     * @throws IllegalArgumentException if a jar can't be read; the message says which and why
     * @throws Exception                what the loader throws
     */
    public static <T extends AutoCloseable> Deployment<T> load(List<Path> classPath, Callable<T> loader) throws Exception {
        return load(new ClassPathSource<>(classPath, loader));
    }

    /** Loads nothing before {@link #loadAside}. Until the first version is there, {@link #enter} waits. */
    public static <T extends AutoCloseable> Deployment<T> later(Source<T> source) {
        return new Deployment<>(source);
    }

    /** Loads the first version on a thread of its own. A second call does nothing. */
    public void loadAside() {
        if (begins()) {
            // a platform thread: loading classes would hold a carrier
            Thread.ofPlatform().daemon().name("deploy-first").start(this::tryFirst);
        }
    }

    /** Whether the first version is still to be loaded, and this is the call to do it. */
    private synchronized boolean begins() {
        if (begun || closed) {
            return false;
        }
        begun = true;
        return true;
    }

    private void tryFirst() {
        try {
            loadFirst();
            LOGGER.atInfo().addKeyValue("name", source.name()).log("deployed");
        } catch (Exception | Error e) {
            LOGGER.atError().addKeyValue("name", source.name()).setCause(e).log("can't be loaded: {}", e.getMessage());
        }
    }

    private void loadFirst() throws Exception {
        // before they are read: what changes meanwhile is deployed after them
        FileStamp stamp = FileStamp.of(source.files(null));
        try {
            replace(source.load());
        } catch (Exception | Error e) {
            fail(e);
            throw e;
        } finally {
            loaded = stamp.within(source.files(content()));
            seen = loaded;
            tried.countDown();
        }
    }

    private T content() {
        Version<T> version = current;
        return version == null ? null : version.content();
    }

    /**
     * What is deployed.
     *
     * @param name    what it is
     * @param version number of the version that serves: 1 for what the server started with, 0 if there is none yet
     * @param since   when that was loaded
     * @param failure why a newer version does not serve, if there is one
     */
    public record Status(String name, int version, Instant since, Optional<String> failure) {
    }

    /** How it is at this moment. */
    public Status status() {
        return status;
    }

    /**
     * The version to use now; must be {@linkplain Version#exit exited} from. Waits for the first.
     *
     * @throws HttpException with status 503 if there is none: it could not be loaded, or has been closed
     */
    public Version<T> enter() {
        if (current == null) {
            awaitFirst();
        }
        for (Version<T> version = current; version != null; version = current) {
            if (version.enter()) {
                return version;
            }
        }
        throw unavailable(null);
    }

    private void awaitFirst() {
        try {
            tried.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw unavailable(e);
        }
    }

    private static HttpException unavailable(InterruptedException cause) {
        return new HttpException("Service Unavailable: the application does not run",
                io.helidon.http.Status.SERVICE_UNAVAILABLE_503, cause, true);
    }

    /** Looks at the files and loads them if they have changed, and not since the last look: a copy may still be under way. */
    void look() {
        if (tried.getCount() > 0) {
            return;
        }
        FileStamp now = FileStamp.of(source.files(content()));
        boolean still = now.equals(seen);
        seen = now;
        if (still && now.absent().isPresent()) {
            missing(now.absent().get());
        } else if (still && !now.equals(loaded)) {
            loaded = now;
            replace();
        }
    }

    private void missing(Path file) {
        String reason = file + " is not there, or can't be read";
        if (!status.failure().equals(Optional.of(reason))) {
            status = new Status(source.name(), status.version(), status.since(), Optional.of(reason));
            LOGGER.atWarn().addKeyValue("name", source.name()).addKeyValue("version", status.version())
                    .log("{}: what was loaded goes on", reason);
            // when it is back, it is loaded, whether or not it has changed
            loaded = null;
        }
    }

    /** Loads a new version, whether or not the files have changed; one that fails leaves the old one in its place. */
    public void replace() {
        try {
            replace(source.load());
            LOGGER.atInfo().addKeyValue("name", source.name()).addKeyValue("version", status.version()).log("new version deployed");
        } catch (Exception | Error e) {
            fail(e);
            LOGGER.atError().addKeyValue("name", source.name()).addKeyValue("version", status.version()).setCause(e)
                    .log("the new version can't be loaded, the old one goes on: {}", e.getMessage());
        }
    }

    private void fail(Throwable reason) {
        String text = reason.getMessage() == null ? reason.toString() : reason.getMessage();
        status = new Status(source.name(), status.version(), status.since(), Optional.of(text));
    }

    private void replace(T next) {
        var version = new Version<>(next, status.version() + 1);
        Version<T> before;
        synchronized (this) {
            if (closed) {
                version.retire();
                return;
            }
            before = current;
            if (before != null) {
                handOver(before, version);
            }
            current = version;
            status = new Status(source.name(), version.number(), Instant.now(), Optional.empty());
        }
        if (before != null) {
            before.retire();
        }
    }

    private void handOver(Version<T> before, Version<T> next) {
        try {
            source.handOver(before.content(), next.content());
        } catch (RuntimeException | Error e) {
            // nobody else knows of it
            next.retire();
            throw e;
        }
    }

    /** Lets go of the current version as soon as nobody uses it, and of one that is just being loaded. */
    @Override
    public void close() {
        Version<T> last;
        synchronized (this) {
            closed = true;
            last = current;
            current = null;
            if (!begun) {
                // whoever waits for the first version gets none
                tried.countDown();
            }
        }
        if (last != null) {
            last.retire();
        }
        try {
            // what it is loaded with may be closed next
            if (!tried.await(PATIENCE, TimeUnit.SECONDS)) {
                LOGGER.atWarn().addKeyValue("name", source.name()).log("is still being loaded after {} s", PATIENCE);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
