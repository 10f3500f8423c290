package dev.loomgate.server;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;

import dev.loomgate.handler.ClassPath;
import dev.loomgate.handler.WebSocketHandler;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.HttpService;

/** The Java code of routes: a class loader for each class path. Opened for the check of a configuration, used while it runs. */
final class Applications implements AutoCloseable {
    /** What may answer the requests of a {@code java} route. */
    private static final List<Class<?>> KINDS = List.of(dev.loomgate.handler.Handler.class, Handler.class, HttpService.class,
            WebSocketHandler.class);

    private final Map<List<Path>, ClassPath> classPaths = new HashMap<>();

    /** The class path of these entries; routes with the same entries share their classes. */
    ClassPath classPath(List<Path> entries) {
        return classPaths.computeIfAbsent(List.copyOf(entries), ClassPath::of);
    }

    /** The loader that a thread should name while code of these entries runs; {@code null} if it is the server's own. */
    ClassLoader contextLoader(List<Path> entries) {
        return entries.isEmpty() ? null : classPath(entries).loader();
    }

    /**
     * The kind of handler that a class is.
     *
     * @throws IllegalArgumentException if it can't be loaded or is none
     */
    Class<?> kindOf(String type, List<Path> entries) {
        Class<?> found = load(type, entries);
        return KINDS.stream().filter(kind -> kind.isAssignableFrom(found)).findFirst()
                .orElseThrow(() -> new IllegalArgumentException("the class is none of " + KINDS.get(0).getName() + ", "
                        + KINDS.get(1).getName() + ", " + KINDS.get(2).getName() + " and " + KINDS.get(3).getName()));
    }

    private Class<?> load(String type, List<Path> entries) {
        try {
            return Class.forName(type, false, classPath(entries).loader());
        } catch (ClassNotFoundException e) {
            throw new IllegalArgumentException("there is no such class in class-path " + entries
                    + (type.contains("/") || type.endsWith(".class") ? "; write it with dots and without .class" : ""), e);
        } catch (LinkageError e) {
            throw new IllegalArgumentException("the class can't be loaded: " + e + "; is something missing in class-path "
                    + entries + "?", e);
        }
    }

    /** Checks what {@link #services} will do, without running any code of the services. */
    void checkServices(Optional<String> type, List<Path> entries) {
        if (type.isPresent()) {
            if (!HttpService.class.isAssignableFrom(load(type.get(), entries))) {
                throw new IllegalArgumentException("the class is not a " + HttpService.class.getName());
            }
        } else if (providers(entries).isEmpty()) {
            throw new IllegalArgumentException("class-path " + entries + " has no META-INF/services/"
                    + HttpService.class.getName() + "; add one, or name the service with the key class");
        }
    }

    /** Makes the service of this name, or all that {@code ServiceLoader} finds. */
    List<HttpService> services(Optional<String> type, List<Path> entries, Map<String, String> settings) {
        return type.map(List::of).orElseGet(() -> providers(entries)).stream()
                .map(name -> classPath(entries).newInstance(name, HttpService.class, settings)).toList();
    }

    private List<String> providers(List<Path> entries) {
        try {
            return ServiceLoader.load(HttpService.class, classPath(entries).loader()).stream()
                    .map(provider -> provider.type().getName()).toList();
        } catch (ServiceConfigurationError e) {
            String reason = "the services of class-path " + entries + " can't be loaded: " + e.getMessage();
            throw new IllegalArgumentException(reason, e);
        }
    }

    @Override
    public void close() {
        classPaths.values().forEach(ClassPath::close);
    }
}
