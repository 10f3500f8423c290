package dev.loomgate.gateway.mainprogram;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Stream;

import javax.tools.ToolProvider;

/** Java programs that tests compile. */
final class ProgramSource {
    private ProgramSource() {
    }

    /**
     * Compiles one file, which may hold several classes, into a directory of its own.
     *
     * @param options more options of the compiler, such as {@code --release 8}
     */
    static Path compile(Path directory, String name, String source, String... options) throws IOException {
        Path file = Files.writeString(Files.createDirectories(directory.resolve("src")).resolve(name + ".java"), source);
        Path classes = Files.createDirectories(directory.resolve("classes-" + name));
        var arguments = new ArrayList<>(List.of("-d", classes.toString(), "-proc:none", "-nowarn", "-Xlint:-options"));
        arguments.addAll(List.of(options));
        arguments.add(file.toString());
        assertThat(ToolProvider.getSystemJavaCompiler().run(null, null, null, arguments.toArray(String[]::new))).isZero();
        return classes;
    }

    /** The same as a jar whose manifest names the main class. */
    static Path jar(Path directory, String name, String source, String... options) throws IOException {
        return pack(directory.resolve(name + ".jar"), compile(directory, name, source, options), name);
    }

    /** Packs classes into a jar. */
    static Path pack(Path jar, Path classes, String mainClass) throws IOException {
        var manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().put(Attributes.Name.MAIN_CLASS, mainClass);
        try (OutputStream out = Files.newOutputStream(jar); var packed = new JarOutputStream(out, manifest);
             Stream<Path> files = Files.walk(classes)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                packed.putNextEntry(new JarEntry(classes.relativize(file).toString()));
                Files.copy(file, packed);
            }
        }
        return jar;
    }
}
