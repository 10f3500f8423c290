package dev.loomgate.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.awaitility.Awaitility;

/** A server in a process of its own, with its control socket in the test's directory; and the commands that it is given. */
public final class ServerProcess implements AutoCloseable {
    private static final Pattern ADDRESS = Pattern.compile("http://127\\.0\\.0\\.1:(\\d+)");
    private static final Pattern PID = Pattern.compile("\"pid\":(\\d+)");

    private final Path directory;
    private final Process process;

    /** What a command printed, and its exit status. */
    record Outcome(int status, String out, String err) {
    }

    private ServerProcess(Path directory, Process process) {
        this.directory = directory;
        this.process = process;
    }

    /** Starts one with {@code test.yaml} of the directory, and waits until it serves. */
    public static ServerProcess start(Path directory, String... jvmOptions) throws IOException {
        return start(directory, Map.of(), jvmOptions);
    }

    static ServerProcess start(Path directory, Map<String, String> environment, String... jvmOptions) throws IOException {
        var builder = new ProcessBuilder(command(directory, List.of(jvmOptions), "serve", "--pid-file",
                directory.resolve("pid").toString())).redirectOutput(directory.resolve("out").toFile())
                .redirectError(directory.resolve("err").toFile());
        builder.environment().putAll(environment);
        var server = new ServerProcess(directory, builder.start());
        Awaitility.await().atMost(Duration.ofSeconds(180)).until(() ->
                ADDRESS.matcher(server.printed("out")).find() || !server.process.isAlive());
        return server;
    }

    static List<String> command(Path directory, List<String> jvmOptions, String... words) {
        var command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1", "--enable-native-access=ALL-UNNAMED"));
        command.addAll(jvmOptions);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), "dev.loomgate.Loomgate"));
        command.addAll(List.of(words));
        command.addAll(List.of("-c", directory.resolve("test.yaml").toString()));
        return command;
    }

    /** Runs a command against it, without the time that another JVM takes. */
    Outcome run(String... words) {
        var out = new java.io.StringWriter();
        var err = new java.io.StringWriter();
        var line = new ArrayList<>(List.of(words));
        line.addAll(List.of("-c", directory.resolve("test.yaml").toString()));
        int status = CommandLineInterface.commandLine().setOut(new java.io.PrintWriter(out)).setErr(new java.io.PrintWriter(err))
                .execute(line.toArray(String[]::new));
        return new Outcome(status, out.toString(), err.toString());
    }

    /** The process that was started. */
    public Process process() {
        return process;
    }

    /** The process that serves now. */
    long pid() {
        Matcher pid = PID.matcher(run("status", "--json").out());
        return pid.find() ? Long.parseLong(pid.group(1)) : -1;
    }

    /** The first port. */
    public int port() throws IOException {
        Matcher address = ADDRESS.matcher(printed("out"));
        if (!address.find()) {
            throw new IllegalStateException("it does not listen: " + printed("out") + printed("err"));
        }
        return Integer.parseInt(address.group(1));
    }

    /** The first port for HTTPS. */
    int tlsPort() throws IOException {
        Matcher address = Pattern.compile("https://127\\.0\\.0\\.1:(\\d+)").matcher(printed("out"));
        if (!address.find()) {
            throw new IllegalStateException("it does not listen: " + printed("out") + printed("err"));
        }
        return Integer.parseInt(address.group(1));
    }

    String printed(String stream) throws IOException {
        return Files.readString(directory.resolve(stream), StandardCharsets.UTF_8);
    }

    /** Stops whatever process serves now, and those that are left. */
    @Override
    public void close() throws InterruptedException {
        long now = pid();
        ProcessHandle.of(now).ifPresent(ProcessHandle::destroy);
        process.destroy();
        if (!process.waitFor(10, TimeUnit.SECONDS)) {
            process.destroyForcibly();
        }
        ProcessHandle.of(now).ifPresent(one -> {
            one.onExit().completeOnTimeout(one, 10, TimeUnit.SECONDS).join();
            one.destroyForcibly();
        });
    }
}
