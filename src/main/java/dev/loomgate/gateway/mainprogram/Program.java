package dev.loomgate.gateway.mainprogram;

import java.io.File;
import java.io.IOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A Java program of the CGI kind, loaded once and run for many requests. Safe for use by many threads.
 *
 * <p>With {@link Isolation#REQUEST} its code is loaded once too, and compiled once by the JVM: what each request has of its own
 * are the static fields, which rewritten code finds through the request.
 */
final class Program implements AutoCloseable {
    private final ProgramFiles files;
    private final ProgramClasses classes;
    private final ProgramLoader loader;
    private final EntryPoint entry;
    private final List<Integer> mainClasses;
    private final Properties properties;
    private final Path name;
    private final Map<Integer, Constructor<?>> constructors = new ConcurrentHashMap<>();

    private Program(ProgramSettings settings, ProgramFiles files, String mainClass) {
        this.files = files;
        this.name = files.entries().getFirst();
        this.classes = new ProgramClasses(files, settings.isolation());
        this.loader = new ProgramLoader(files, classes);
        this.properties = properties(settings, files.entries());
        Class<?> type = load(mainClass);
        this.entry = EntryPoint.of(type);
        this.mainClasses = Stream.of(entry.type(), type).distinct().map(this::index)
                .filter(index -> index >= 0).toList();
    }

    /**
     * Loads a program. None of its code runs.
     *
     * @throws IllegalArgumentException if it has no main class; the message says which and why
     */
    static Program load(ProgramSettings settings) {
        var files = new ProgramFiles(settings.classPath());
        try {
            return new Program(settings, files, settings.mainClass().orElseGet(() -> mainClassOf(files)));
        } catch (RuntimeException | Error e) {
            files.close();
            throw e;
        }
    }

    private static String mainClassOf(ProgramFiles files) {
        try {
            return files.mainClass().orElseThrow(() -> new IllegalArgumentException("no manifest of " + files.entries()
                    + " names a Main-Class; name the class that has the main method"));
        } catch (IOException e) {
            throw new IllegalArgumentException("the manifests of " + files.entries() + " can't be read: " + e.getMessage(), e);
        }
    }

    private Class<?> load(String mainClass) {
        try {
            return Class.forName(mainClass, false, loader);
        } catch (ClassNotFoundException e) {
            throw new IllegalArgumentException("there is no class " + mainClass + " in " + files.entries(), e);
        } catch (LinkageError e) {
            throw new IllegalArgumentException("class " + mainClass + " can't be loaded: " + e, e);
        }
    }

    private static Properties properties(ProgramSettings settings, List<Path> entries) {
        var properties = new Properties();
        System.getProperties().forEach((key, value) -> {
            if (key instanceof String text && !text.startsWith("loomgate.") && !text.startsWith("sun.java.command")) {
                properties.put(text, value);
            }
        });
        properties.put("java.class.path",
                entries.stream().map(Path::toString).collect(Collectors.joining(File.pathSeparator)));
        properties.putAll(settings.properties());
        return properties;
    }

    /** The first of its jars or directories. */
    Path name() {
        return name;
    }

    ProgramLoader loader() {
        return loader;
    }

    EntryPoint entry() {
        return entry;
    }

    /** Places of the static fields of the class that has the main method, and of the one that inherits it. */
    List<Integer> mainClasses() {
        return mainClasses;
    }

    /** System properties that each request begins with; not to be changed. */
    Properties properties() {
        return properties;
    }

    /** Makes the static fields of a class for one request; its initialiser has not run. */
    Statics newStatics(int index) {
        try {
            return (Statics) constructors.computeIfAbsent(index, this::constructor).newInstance();
        } catch (ReflectiveOperationException e) {
            throw new LinkageError("static fields of " + classes.name(index) + " can't be made", e);
        }
    }

    private Constructor<?> constructor(int index) {
        try {
            return statics(classes.name(index)).getConstructor();
        } catch (ReflectiveOperationException e) {
            throw new LinkageError("static fields of " + classes.name(index) + " can't be made", e);
        }
    }

    private Class<?> statics(String type) {
        try {
            return Class.forName(StaticsWriter.nameFor(type).replace('/', '.'), true, loader);
        } catch (ClassNotFoundException e) {
            throw new LinkageError("static fields of " + type + " can't be found", e);
        }
    }

    /** Place of the nearest superclass with static fields per request; -1 if there is none. */
    int superIndex(int index) {
        Optional<ClassFacts> type = classes.facts(classes.name(index));
        while (type.isPresent()) {
            type = classes.facts(type.get().superName());
            if (type.filter(classes::isPerRequest).isPresent()) {
                return classes.index(type.get().name());
            }
        }
        return -1;
    }

    /** Name of the class at a place. */
    String className(int index) {
        return classes.name(index).replace('/', '.');
    }

    /** Place of a class's static fields; -1 if they are not per request. */
    int index(Class<?> type) {
        String internal = type.getName().replace('.', '/');
        return type.getClassLoader() == loader && classes.facts(internal).filter(classes::isPerRequest).isPresent()
                ? classes.index(internal) : -1;
    }

    /** The static fields of a class that are per request, as the fields that they have become. */
    List<Field> movedFields(Class<?> type) {
        return index(type) < 0 ? List.of() : List.of(statics(type.getName()).getDeclaredFields());
    }

    /** The class that such a field was declared in. */
    Class<?> declaring(Field moved) {
        String name = moved.getDeclaringClass().getName();
        try {
            return Class.forName(name.substring(0, name.length() - ProgramClasses.STATICS.length()), false, loader);
        } catch (ClassNotFoundException e) {
            throw new LinkageError(name, e);
        }
    }

    /** The modifiers that such a field was declared with. */
    int modifiers(Field moved) {
        return classes.facts(declaring(moved).getName().replace('.', '/')).stream().flatMap(facts -> facts.statics().stream())
                .filter(field -> field.name().equals(moved.getName())
                        && field.descriptor().equals(moved.getType().descriptorString()))
                .mapToInt(field -> field.access() & Modifier.fieldModifiers()).findFirst().orElseGet(moved::getModifiers);
    }

    /** Lets go of its files. Classes that are not loaded yet can't be loaded any more. */
    @Override
    public void close() {
        files.close();
    }
}
