package dev.loomgate.files;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A {@link Site} in a JVM of its own, for what can't be tried in the one that runs the tests. */
final class SiteProcess implements AutoCloseable {
    private final Process process;
    private final int port;

    private SiteProcess(Process process, int port) {
        this.process = process;
        this.port = port;
    }

    /** The JVM's main class. It ends with its input. */
    static final class Main {
        private Main() {
        }

        public static void main(String[] arguments) throws IOException {
            try (var site = new Site(Path.of(arguments[0]))) {
                System.out.println("port " + site.port());
                System.in.readAllBytes();
            }
        }
    }

    /**
     * Starts one.
     *
     * @param limits  commands of a shell that runs before the JVM, such as {@code ulimit -n 100}; may be empty
     * @param options options of the JVM
     */
    static SiteProcess start(Path root, String limits, String... options) throws IOException {
        var command = new ArrayList<>(List.of("sh", "-c", limits + "\nexec \"$@\"", "sh",
                Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        command.addAll(List.of(options));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName(), root.toString()));
        Process process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
        try {
            BufferedReader out = process.inputReader();
            String port = out.lines().filter(line -> line.startsWith("port ")).findFirst().orElseThrow();
            return new SiteProcess(process, Integer.parseInt(port.substring("port ".length())));
        } catch (RuntimeException e) {
            process.destroy();
            throw e;
        }
    }

    int port() {
        return port;
    }

    @Override
    public void close() throws InterruptedException {
        process.destroy();
        process.waitFor();
    }
}
