package dev.loomgate.gateway.mainprogram;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URL;
import java.security.CodeSource;
import java.security.SecureClassLoader;
import java.security.cert.Certificate;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.jar.Attributes;
import java.util.jar.Manifest;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Loads the classes of one program and rewrites them. Nothing of the server is visible to them but what rewritten code calls:
 * libraries of the same name may be another version in the program. A jar's signature is not looked at, which rewriting would
 * break.
 */
final class ProgramLoader extends SecureClassLoader {
    private static final Logger LOGGER = LoggerFactory.getLogger(ProgramLoader.class);
    private static final Map<String, Class<?>> VISIBLE = Stream.concat(Redirections.PLACES.stream(),
            Stream.of(Statics.class, ProgramThread.class, ProgramFuture.class)).collect(Collectors.toUnmodifiableMap(Class::getName, type -> type));

    static {
        registerAsParallelCapable();
    }

    private final ProgramFiles files;
    private final ProgramClasses classes;
    private final Rewriter rewriter;
    private final Set<String> sharedFields = ConcurrentHashMap.newKeySet();

    ProgramLoader(ProgramFiles files, ProgramClasses classes) {
        super("program", ClassLoader.getPlatformClassLoader());
        this.files = files;
        this.classes = classes;
        this.rewriter = new Rewriter(classes);
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
        Class<?> visible = VISIBLE.get(name);
        return visible != null ? visible : super.loadClass(name, resolve);
    }

    @Override
    protected Class<?> findClass(String name) throws ClassNotFoundException {
        try {
            if (name.endsWith(ProgramClasses.STATICS)) {
                return defineStatics(name);
            }
            ProgramFiles.Found found = files.read(name.replace('.', '/') + ".class")
                    .orElseThrow(() -> new ClassNotFoundException(name));
            definePackage(name, found);
            byte[] code = rewriter.rewrite(found.bytes());
            warnOfSharedFields(name);
            return defineClass(name, code, 0, code.length, new CodeSource(found.origin().toUri().toURL(), (Certificate[]) null));
        } catch (IOException | UncheckedIOException e) {
            throw new ClassNotFoundException(name + " can't be read", e);
        } catch (IllegalArgumentException e) {
            // from ASM, which says no more than that
            throw new ClassFormatError(name + " is not a class file that this server understands: " + e.getMessage());
        }
    }

    private Class<?> defineStatics(String name) throws ClassNotFoundException {
        String type = name.substring(0, name.length() - ProgramClasses.STATICS.length()).replace('.', '/');
        ClassFacts facts = classes.facts(type).orElseThrow(() -> new ClassNotFoundException(name));
        byte[] code = StaticsWriter.write(facts, classes.index(type));
        return defineClass(name, code, 0, code.length);
    }

    private void warnOfSharedFields(String name) {
        List<String> shared = classes.facts(name.replace('.', '/')).map(classes::shared).orElse(List.of());
        for (String field : shared) {
            if (sharedFields.add(field)) {
                LOGGER.atWarn().addKeyValue("program", files.entries().getFirst().getFileName()).addKeyValue("field", field)
                        .log("static field that can change is shared by all requests");
            }
        }
    }

    private void definePackage(String className, ProgramFiles.Found found) {
        int dot = className.lastIndexOf('.');
        String name = dot < 0 ? "" : className.substring(0, dot);
        if (name.isEmpty() || getDefinedPackage(name) != null) {
            return;
        }
        Attributes main = Optional.ofNullable(found.manifest()).map(Manifest::getMainAttributes).orElseGet(Attributes::new);
        try {
            definePackage(name, main.getValue(Attributes.Name.SPECIFICATION_TITLE),
                    main.getValue(Attributes.Name.SPECIFICATION_VERSION), main.getValue(Attributes.Name.SPECIFICATION_VENDOR),
                    main.getValue(Attributes.Name.IMPLEMENTATION_TITLE), main.getValue(Attributes.Name.IMPLEMENTATION_VERSION),
                    main.getValue(Attributes.Name.IMPLEMENTATION_VENDOR), null);
        } catch (IllegalArgumentException e) {
            // another thread was quicker
        }
    }

    @Override
    protected URL findResource(String name) {
        List<URL> found = files.find(name);
        return found.isEmpty() ? null : found.getFirst();
    }

    @Override
    protected Enumeration<URL> findResources(String name) {
        return Collections.enumeration(files.find(name));
    }

    /** Without an address in between: the JVM would keep the jar open for good. */
    @Override
    public InputStream getResourceAsStream(String name) {
        try {
            Optional<ProgramFiles.Found> found = getParent().getResource(name) == null ? files.read(name) : Optional.empty();
            return found.<InputStream>map(file -> new ByteArrayInputStream(file.bytes()))
                    .orElseGet(() -> super.getResourceAsStream(name));
        } catch (IOException e) {
            // as ClassLoader's own does
            return null;
        }
    }
}
