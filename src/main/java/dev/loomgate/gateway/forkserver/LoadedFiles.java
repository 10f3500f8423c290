package dev.loomgate.gateway.forkserver;

import java.nio.file.Path;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/** The modules that an interpreter has loaded, and whether they are still the same; looked at once a second at most. */
final class LoadedFiles {
    private static final long INTERVAL = 1_000_000_000;

    private final Map<Path, FileState> files = new ConcurrentHashMap<>();
    private final AtomicLong nextLook = new AtomicLong(System.nanoTime() + INTERVAL);
    private volatile Optional<Path> changed = Optional.empty();

    /**
     * The files as they are now.
     *
     * @param paths   the files
     * @param startAt when the first of them may have been read, in milliseconds since 1970: what has changed since then may
     *                have been read before it changed
     */
    LoadedFiles(Collection<Path> paths, long startAt) {
        long now = System.currentTimeMillis();
        for (Path path : paths) {
            FileState state = FileState.of(path);
            files.put(path, state);
            if (state.modifiedSince(startAt, now)) {
                changed = Optional.of(path);
            }
        }
    }

    /** A further file, as it is now. */
    void add(Path path) {
        files.putIfAbsent(path, FileState.of(path));
    }

    /** A file that has changed, if one has. */
    Optional<Path> changed() {
        long now = System.nanoTime();
        long next = nextLook.get();
        if (changed.isEmpty() && now - next >= 0 && nextLook.compareAndSet(next, now + INTERVAL)) {
            files.forEach((path, state) -> {
                if (!FileState.of(path).equals(state)) {
                    changed = Optional.of(path);
                }
            });
        }
        return changed;
    }
}
