package dev.loomgate.testing;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;

import org.junit.jupiter.api.extension.AfterTestExecutionCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Prints what processes have written to files of a test's directory, if the test fails: the report of a test says what went wrong for
 * the clients, and this what the server says of it. To be registered with {@code @RegisterExtension}.
 */
public final class OutputOnFailure implements AfterTestExecutionCallback {
    private static final int MOST_LINES = 200;

    private final Supplier<Path> directory;
    private final String files;

    /**
     * Prints some files.
     *
     * @param directory which the test has when it ends
     * @param files     a glob of their names, such as <code>{out,err}</code>
     */
    public OutputOnFailure(Supplier<Path> directory, String files) {
        this.directory = directory;
        this.files = files;
    }

    @Override
    public void afterTestExecution(ExtensionContext context) throws IOException {
        if (context.getExecutionException().isPresent()) {
            try (DirectoryStream<Path> found = Files.newDirectoryStream(directory.get(), files)) {
                for (Path file : found) {
                    print(context.getDisplayName(), file);
                }
            }
        }
    }

    private static void print(String test, Path file) throws IOException {
        List<String> lines = new String(Files.readAllBytes(file), StandardCharsets.UTF_8).lines().toList();
        System.out.println(test + " failed; the last of " + lines.size() + " lines of " + file.getFileName() + ":");
        lines.stream().skip(Math.max(0, lines.size() - MOST_LINES)).forEach(line -> System.out.println("| " + line));
    }
}
