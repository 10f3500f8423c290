package dev.loomgate.deploy;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;

/** Versions of a class path. Jars that come to a {@code dir/*}, or go, are changes too. */
final class ClassPathSource<T extends AutoCloseable> implements Source<T> {
    private final List<Path> classPath;
    private final Callable<T> loader;
    /** Entries, and jars that the manifests of jars named in the beginning. */
    private final List<Path> constant;
    private final List<Path> wildcards;

    ClassPathSource(List<Path> classPath, Callable<T> loader) {
        this.classPath = List.copyOf(classPath);
        this.loader = loader;
        this.wildcards = classPath.stream().filter(Snapshot::isWildcard).toList();
        var others = new ArrayList<>(Snapshot.expand(classPath));
        others.removeAll(Snapshot.listed(wildcards));
        this.constant = List.copyOf(others);
    }

    @Override
    public String name() {
        return classPath.getFirst().toString();
    }

    @Override
    public List<Path> files(T current) {
        Set<Path> files = new LinkedHashSet<>(constant);
        files.addAll(Snapshot.listed(wildcards));
        return List.copyOf(files);
    }

    @Override
    public T load() throws Exception {
        return loader.call();
    }
}
