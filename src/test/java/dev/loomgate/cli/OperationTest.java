package dev.loomgate.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import dev.loomgate.testing.Concurrent;
import dev.loomgate.testing.Programs;
import dev.loomgate.testing.RawClient;
import dev.loomgate.testing.ScriptDirectory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server with programs of every kind, as its operator sees it. */
@Concurrent
class OperationTest {
    private static final Duration PATIENCE = Duration.ofSeconds(120);

    @TempDir
    Path directory;

    private void configure() throws IOException {
        new ScriptDirectory(directory.resolve("php")).plain("a.php", "<?php echo 'php';");
        new ScriptDirectory(directory.resolve("cgi")).perl("a.pl", """
                $| = 1; print "Content-Type: text/plain\\n\\n", getppid(), "\\n"; sleep 60 if $ENV{QUERY_STRING};""");
        Files.writeString(directory.resolve("test.yaml"), """
                listeners: [{port: 0}]
                control: control.sock
                guard: {drain-timeout: 200ms}
                routes:
                - {path: /php/**, handler: fastcgi, root: php, command: php-cgi, children: 2}
                - {path: /dead/**, handler: fastcgi, root: php, command: /bin/false}
                - {path: /cgi/**, handler: cgi, root: cgi, mode: forkserver, body-memory: 1k, max-body: 10m}
                - {path: /plain/**, handler: cgi, root: cgi, mode: exec, body-memory: 1k, max-body: 10m}
                - {path: /java, handler: java, class: Greeting, class-path: classes}
                """);
    }

    /** Compiles elsewhere: a compiler that takes long must not be seen half way. */
    private void deploy(String version) throws IOException {
        Path built = Files.createDirectories(directory.resolve("build"));
        Path source = Files.writeString(built.resolve("Greeting.java"), """
                import dev.loomgate.handler.*;
                public final class Greeting implements Handler {
                    public Greeting() {
                        if ("VERSION".equals("broken")) { throw new IllegalStateException("no connection to the database"); }
                    }
                    public void handle(Request request, Response response) throws Exception { response.out().print("VERSION"); }
                }
                """.replace("VERSION", version));
        assertThat(javax.tools.ToolProvider.getSystemJavaCompiler().run(null, null, null, "-d", built.toString(), "-cp",
                System.getProperty("java.class.path"), "-proc:none", source.toString())).isZero();
        Files.copy(built.resolve("Greeting.class"), Files.createDirectories(directory.resolve("classes")).resolve("Greeting.class"),
                StandardCopyOption.REPLACE_EXISTING);
    }

    private static String get(int port, String path) throws IOException {
        try (RawClient client = RawClient.connect(port)) {
            return client.readTimeout(PATIENCE).send("GET " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                    .readResponse().body();
        }
    }

    /** The line of the status that begins with this. */
    private static String line(ServerProcess server, String start) {
        return server.run("status").out().lines().filter(line -> line.strip().startsWith(start)).findFirst().orElse("");
    }

    private static void kill(long process) throws IOException, InterruptedException {
        assertThat(new ProcessBuilder("kill", "-9", String.valueOf(process)).start().waitFor()).isZero();
    }

    @Test
    void showsWhatEndedAndLeavesNothingBehindWhenItStops() throws Exception {
        Programs.require("php-cgi", "php-cgi");
        configure();
        deploy("one");
        Path temporary = Files.createDirectories(directory.resolve("tmp"));
        try (ServerProcess server = ServerProcess.start(directory, "-Djava.io.tmpdir=" + temporary)) {
            int port = server.port();
            assertThat(get(port, "/php/a.php")).isEqualTo("php");
            assertThat(get(port, "/java")).isEqualTo("one");

            ProcessHandle php = server.process().children().filter(child ->
                    child.info().command().orElse("").contains("php-cgi")).findFirst().orElseThrow();
            kill(php.pid());
            await().atMost(PATIENCE).untilAsserted(() -> assertThat(line(server, "/php/**")).containsPattern(" 1 +\\S*php-cgi")
                    .contains("php-cgi (process " + php.pid() + ") ").contains("signal 9"));
            assertThat(get(port, "/php/a.php")).isEqualTo("php");

            String driver = get(port, "/cgi/a.pl").strip();
            kill(Long.parseLong(driver));
            await().atMost(PATIENCE).untilAsserted(() -> assertThat(line(server, "/cgi/**"))
                    .contains("a.pl (fork server, process " + driver + ")").contains("signal 9"));
            assertThat(get(port, "/cgi/a.pl").strip()).isNotEqualTo(driver);
            assertThat(line(server, "/cgi/**")).containsPattern(" 1 +\\S*a\\.pl");

            // one that never runs, and when it is tried again
            await().atMost(PATIENCE).untilAsserted(() -> assertThat(line(server, "/dead/**"))
                    .contains("/bin/false (process ").containsPattern("\\d\\dT\\d\\d:").contains("as soon as it was started"));

            deploy("broken");
            await().atMost(PATIENCE).untilAsserted(() -> assertThat(line(server, directory.resolve("classes").toString()))
                    .contains("no connection to the database"));
            assertThat(get(port, "/java")).isEqualTo("one");
            deploy("three");
            await().atMost(PATIENCE).untilAsserted(() -> assertThat(get(port, "/java")).isEqualTo("three"));
            assertThat(line(server, directory.resolve("classes").toString())).doesNotContain("no connection to the database");

            stopInTheMiddle(server, port, temporary);
        }
    }

    @Test
    void showsTheStatusAgainAndAgainUntilTheServerEnds() throws Exception {
        Files.writeString(directory.resolve("test.yaml"), """
                listeners: [{port: 0}]
                admin: {port: 0}
                control: control.sock
                routes: [{path: /hello, handler: respond, body: hello}]
                """);
        var out = new StringWriter();
        var err = new StringWriter();
        var status = new FutureTask<Integer>(() -> CommandLineInterface.commandLine().setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err)).execute("status", "--watch", "-c", directory.resolve("test.yaml").toString()));
        try (ServerProcess server = ServerProcess.start(directory)) {
            Thread.startVirtualThread(status);
            await().atMost(PATIENCE).until(() -> !screens(out).isEmpty() && screens(out).getFirst().contains("listeners"));
            assertThat(screens(out).getFirst()).doesNotContain("/hello");
            for (int i = 0; i < 3; i++) {
                assertThat(get(server.port(), "/hello")).isEqualTo("hello");
            }
            await().atMost(PATIENCE).until(() -> screens(out).getLast().matches("(?s)server\n.*\n +/hello +3 .*"));
            assertThat(status.isDone()).isFalse();
        }
        // a script that waits for it is told, and does not run for ever
        assertThat(status.get(60, TimeUnit.SECONDS)).isEqualTo(ExitStatus.FAILED);
        assertThat(err.toString()).startsWith("loomgate: ").contains("the server");
    }

    /** What was on the screen, one after the other: each begins with an empty one (ECMA-48, CUP and ED). */
    private static List<String> screens(StringWriter out) {
        String text = out.toString();
        return text.isEmpty() ? List.of("") : Stream.of(text.split(Pattern.quote("\033[H\033[2J"))).skip(1).toList();
    }

    /** While scripts run, and bodies that they are to get are on their way. */
    private void stopInTheMiddle(ServerProcess server, int port, Path temporary) throws Exception {
        String post = "POST %s HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1000\r\n" + "x".repeat(4096) + "\r\n";
        try (RawClient half = RawClient.connect(port); RawClient plain = RawClient.connect(port);
             RawClient forked = RawClient.connect(port)) {
            half.send(post.formatted("/plain/a.pl"));
            plain.send(post.formatted("/plain/a.pl?wait") + "0\r\n\r\n");
            forked.send(post.formatted("/cgi/a.pl?wait") + "0\r\n\r\n");
            assertThat(plain.readTimeout(PATIENCE).readHead().status()).isEqualTo(200);
            assertThat(forked.readTimeout(PATIENCE).readHead().status()).isEqualTo(200);
            await().atMost(PATIENCE).until(() -> bodies(temporary) > 0);
            List<ProcessHandle> programs = server.process().descendants().toList();
            assertThat(programs).hasSizeGreaterThanOrEqualTo(6);

            server.process().destroy();

            assertThat(server.process().waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(server.process().exitValue()).isEqualTo(ExitStatus.FAILED);
            await().atMost(PATIENCE).until(() -> programs.stream().noneMatch(ServeProcessTest::runs));
        }
        try (Stream<Path> left = Files.walk(temporary)) {
            assertThat(left.skip(1)).isEmpty();
        }
        assertThat(directory.resolve("control.sock")).doesNotExist();
        assertThat(directory.resolve("pid")).doesNotExist();
        assertThat(server.printed("out")).contains("some requests did not end in time and were broken off");
    }

    private static long bodies(Path temporary) throws IOException {
        try (Stream<Path> files = Files.list(temporary)) {
            return files.filter(file -> file.getFileName().toString().startsWith("loomgate-body-")).count();
        }
    }
}
