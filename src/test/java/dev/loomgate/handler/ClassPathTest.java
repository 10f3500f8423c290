package dev.loomgate.handler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClassPathTest {
    @TempDir
    private Path directory;

    /** A handler that is found by its name. */
    public static final class Found implements Handler {
        @Override
        public void handle(Request request, Response response) {
            response.status(204);
        }
    }

    /** Made with its settings. */
    public static final class Configured {
        private final Map<String, String> settings;

        /** Takes the settings. */
        public Configured(Map<String, String> settings) {
            this.settings = settings;
        }
    }

    /** Can't be made. */
    public static final class Failing {
        /** Always fails. */
        public Failing() {
            throw new IllegalStateException("no luck");
        }
    }

    /** Can't be loaded: its initialiser fails with an error, which Java passes on as it is. */
    public static final class Unloadable {
        static {
            fail();
        }

        private static void fail() {
            throw new AssertionError("no native library");
        }
    }

    static final class Hidden {
    }

    @Test
    void makesObjectsByName() {
        try (var classPath = ClassPath.of(List.of())) {
            assertThat(classPath.newInstance(Found.class.getName(), Handler.class, Map.of())).isInstanceOf(Found.class);
            assertThat(classPath.newInstance(Configured.class.getName(), Configured.class, Map.of("a", "b")).settings)
                    .isEqualTo(Map.of("a", "b"));
        }
    }

    @Test
    void saysWhyAClassCantBeUsed() {
        try (var classPath = ClassPath.of(List.of(directory))) {
            expect(classPath, "pets.Nowhere", "pets.Nowhere is not in the class path [" + directory);
            expect(classPath, "java.lang.String", "java.lang.String is no " + Handler.class.getName());
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> classPath.newInstance(Failing.class.getName(), Object.class, Map.of()))
                    .withMessageContaining("no luck");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> classPath.newInstance(Unloadable.class.getName(), Object.class, Map.of()))
                    .withMessageContaining("no native library");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> classPath.newInstance(Hidden.class.getName(), Object.class, Map.of()))
                    .withMessageContaining("public constructor");
        }
    }

    private static void expect(ClassPath classPath, String className, String message) {
        assertThatIllegalArgumentException().isThrownBy(() -> classPath.newInstance(className, Handler.class, Map.of()))
                .withMessageContaining(message);
    }

    @Test
    void saysWhichEntryIsMissing() throws Exception {
        Path missing = directory.resolve("lib/pets.jar");
        assertThatIllegalArgumentException().isThrownBy(() -> ClassPath.of(List.of(missing)))
                .withMessageContaining(missing.toString());
        assertThatIllegalArgumentException().isThrownBy(() -> ClassPath.of(List.of(directory.resolve("lib/*"))))
                .withMessageContaining("lib");
        Files.createDirectory(directory.resolve("lib"));
        Files.createFile(directory.resolve("lib/b.jar"));
        Files.createFile(directory.resolve("lib/a.jar"));
        Files.createFile(directory.resolve("lib/readme.txt"));
        try (var classPath = ClassPath.of(List.of(directory.resolve("lib/*")))) {
            URL[] urls = ((URLClassLoader) classPath.loader()).getURLs();
            assertThat(urls).extracting(url -> Path.of(url.getPath()).getFileName().toString())
                    .containsExactly("a.jar", "b.jar");
        }
    }
}
