package dev.loomgate.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import javax.tools.ToolProvider;

/** Java classes of an application, compiled into a directory of their own. */
public final class CompiledClasses {
    private CompiledClasses() {
    }

    /** Compiles one public class of no package; returns the directory with its class file. */
    public static Path compile(Path directory, String name, String source) throws IOException {
        Path file = Files.writeString(Files.createDirectories(directory).resolve(name + ".java"), source);
        int status = ToolProvider.getSystemJavaCompiler().run(null, null, null, "-d", directory.toString(),
                "-cp", System.getProperty("java.class.path"), "-proc:none", file.toString());
        assertThat(status).isZero();
        return directory;
    }
}
