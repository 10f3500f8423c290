package dev.loomgate.handler;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Jars and class directories of an application, from which handlers and services are made by the names of their classes.
 * Classes of the server and its libraries are visible to them and come first.
 */
public final class ClassPath implements Closeable {
    private final List<Path> entries;
    private final URLClassLoader loader;

    private ClassPath(List<Path> entries, URLClassLoader loader) {
        this.entries = entries;
        this.loader = loader;
    }

    /**
     * Opens a class path.
     *
     * @param entries jars, directories of classes, and {@code dir/*} for all jars of a directory; may be empty, for classes
     *                of the server's own class path
     * @throws IllegalArgumentException if an entry doesn't exist; the message says which
     */
    public static ClassPath of(List<Path> entries) {
        List<Path> found = entries.stream().flatMap(ClassPath::expand).toList();
        URL[] urls = found.stream().map(ClassPath::url).toArray(URL[]::new);
        return new ClassPath(found, new URLClassLoader("application", urls, ClassPath.class.getClassLoader()));
    }

    private static Stream<Path> expand(Path entry) {
        if (entry.endsWith("*")) {
            return jars(entry.toAbsolutePath().getParent()).stream();
        }
        if (!Files.exists(entry)) {
            throw new IllegalArgumentException("Class path entry " + entry.toAbsolutePath().normalize() + " doesn't exist");
        }
        return Stream.of(entry);
    }

    private static List<Path> jars(Path directory) {
        var jars = new ArrayList<Path>();
        try (var found = Files.newDirectoryStream(directory, "*.jar")) {
            found.forEach(jars::add);
        } catch (IOException e) {
            throw new IllegalArgumentException("Class path entry " + directory + "/* can't be read: " + e, e);
        }
        // the order of a directory is nobody's choice: let it at least be the same each time
        jars.sort(null);
        return jars;
    }

    private static URL url(Path entry) {
        try {
            return entry.toUri().toURL();
        } catch (MalformedURLException e) {
            throw new IllegalArgumentException("Class path entry " + entry + " has no URL", e);
        }
    }

    /**
     * Makes an object of a class: with its public constructor that takes a {@code Map} of settings, if it has one, else with
     * that without parameters.
     *
     * @param className binary name, such as {@code pets.PetHandler}
     * @param type      interface or class that it must be of
     * @param settings  given to the constructor, unmodifiable
     * @throws IllegalArgumentException if the class isn't found, can't be loaded, is of another type, has no such
     *                                  constructor, or its constructor throws; the message says which
     */
    public <T> T newInstance(String className, Class<T> type, Map<String, String> settings) {
        Class<?> found = load(className);
        if (!type.isAssignableFrom(found)) {
            throw new IllegalArgumentException("Class " + className + " is no " + type.getName());
        }
        try {
            return type.cast(construct(found, settings));
        } catch (InvocationTargetException e) {
            throw new IllegalArgumentException("Class " + className + " can't start: " + e.getCause(), e.getCause());
        } catch (ReflectiveOperationException e) {
            throw new IllegalArgumentException("Class " + className
                    + " must be public and have a public constructor without parameters or with a Map<String, String>", e);
        }
    }

    private Class<?> load(String className) {
        try {
            return Class.forName(className, true, loader);
        } catch (ClassNotFoundException e) {
            throw new IllegalArgumentException("Class " + className + " is not in the class path " + entries, e);
        } catch (LinkageError | AssertionError | StackOverflowError e) {
            // its initialiser has run, which throws errors as they are
            throw new IllegalArgumentException("Class " + className + " can't be loaded: " + e
                    + "; is something missing in the class path " + entries + "?", e);
        }
    }

    private static Object construct(Class<?> found, Map<String, String> settings) throws ReflectiveOperationException {
        for (Constructor<?> constructor : found.getConstructors()) {
            if (constructor.getParameterCount() == 1 && constructor.getParameterTypes()[0] == Map.class) {
                return constructor.newInstance(Collections.unmodifiableMap(settings));
            }
        }
        return found.getConstructor().newInstance();
    }

    /** Class loader of the application. */
    public ClassLoader loader() {
        return loader;
    }

    /** Closes the jars; classes that are not loaded yet can't be loaded any more. */
    @Override
    public void close() {
        try {
            loader.close();
        } catch (IOException e) {
            throw new UncheckedIOException("Closing class path " + entries + " failed", e);
        }
    }
}
