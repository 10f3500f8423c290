package dev.loomgate.deploy;

import java.nio.file.Path;
import java.util.List;

/**
 * What a {@link Deployment} makes its versions of.
 *
 * @param <T> a version's content
 */
public interface Source<T extends AutoCloseable> {
    /** What the log and the status call it. */
    String name();

    /**
     * Jars, directories and other files to look at for changes.
     *
     * @param current the version that serves; before there is one {@code null}, and then all files that may matter are asked for
     */
    List<Path> files(T current);

    /**
     * Makes a version of the files as they are now.
     *
     * @throws Exception if it can't be made, with the reason as its message
     */
    T load() throws Exception;

    /** Called when a new version is about to serve: before, all requests went to the old one, and afterwards all go to the new. */
    default void handOver(T before, T next) {
        // most have nothing to hand over
    }
}
