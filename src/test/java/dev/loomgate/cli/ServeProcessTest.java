package dev.loomgate.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import dev.loomgate.testing.Concurrent;
import dev.loomgate.testing.Programs;
import dev.loomgate.testing.RawClient;
import dev.loomgate.testing.ScriptDirectory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The program as its user runs it: a process of its own. */
@Concurrent
class ServeProcessTest {
    private static final Pattern ADDRESS = Pattern.compile("http://127\\.0\\.0\\.1:(\\d+)");

    @TempDir
    Path directory;
    private final List<Process> started = new ArrayList<>();

    @AfterEach
    void endProcesses() {
        started.forEach(Process::destroyForcibly);
    }

    private Process run(List<String> jvmOptions, String... arguments) throws IOException {
        var command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1"));
        command.addAll(jvmOptions);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), "dev.loomgate.Loomgate"));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectOutput(directory.resolve("out").toFile())
                .redirectError(directory.resolve("err").toFile()).start();
        started.add(process);
        return process;
    }

    private String printed(String stream) throws IOException {
        return Files.readString(directory.resolve(stream));
    }

    private int status(Process process) throws InterruptedException {
        assertThat(process.waitFor(90, TimeUnit.SECONDS)).isTrue();
        return process.exitValue();
    }

    private int awaitPort() {
        return await().atMost(Duration.ofSeconds(90)).until(() -> {
            Matcher address = ADDRESS.matcher(printed("out"));
            return address.find() ? Integer.parseInt(address.group(1)) : 0;
        }, port -> port > 0);
    }

    private Path configuration(String yaml) throws IOException {
        return Files.writeString(directory.resolve("test.yaml"), yaml);
    }

    @Test
    void servesUntilSigterm() throws Exception {
        Path file = configuration("listeners:\n- port: 0\nroutes:\n- {path: /hello, handler: respond, body: hello}\n");
        Process process = run(List.of(), "serve", "-c", file.toString());
        int port = awaitPort();
        HttpResponse<String> hello = HttpClient.newHttpClient().send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/hello")).build(),
                HttpResponse.BodyHandlers.ofString());
        assertThat(hello.body()).isEqualTo("hello");

        process.destroy();

        assertThat(status(process)).isZero();
        assertThat(printed("out")).contains("virtual threads").contains("/hello  any      respond  200")
                .contains("stopping on SIGTERM").endsWith("stopped\n");
        assertThat(printed("err")).isEmpty();
    }

    @Test
    void stopsInAShutdownHookWhereSignalsCannotBeHandled() throws Exception {
        Path file = configuration("listeners:\n- port: 0\nroutes:\n- {path: /hello, handler: respond, body: hello}\n");
        List<String> withoutSignals = List.of("--limit-modules", "java.se,jdk.compiler,jdk.httpserver,jdk.zipfs");
        Process process = run(withoutSignals, "serve", "-c", file.toString());
        awaitPort();

        process.destroy();

        assertThat(status(process)).isEqualTo(143);
        assertThat(printed("out")).endsWith("stopped\n");
    }

    @Test
    void endsAtOnceOnASecondSignal() throws Exception {
        Path classes = Files.createDirectories(directory.resolve("classes"));
        Path source = Files.writeString(classes.resolve("Endless.java"), """
                import dev.loomgate.handler.*;
                public final class Endless implements Handler {
                    public void handle(Request request, Response response) throws Exception {
                        response.out().print("x");
                        response.flush();
                        Thread.sleep(60_000);
                    }
                }
                """);
        assertThat(javax.tools.ToolProvider.getSystemJavaCompiler().run(null, null, null, "-d", classes.toString(), "-cp",
                System.getProperty("java.class.path"), "-proc:none", source.toString())).isZero();
        Process process = run(List.of(), "serve", "-c", configuration("""
                listeners:
                - port: 0
                routes:
                - {path: /, handler: java, class: Endless, class-path: classes}
                """).toString());
        try (var client = RawClient.connect(awaitPort())) {
            client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
            client.readLine();

            process.destroy();
            await().until(() -> printed("out").contains("stopping on SIGTERM, 1 connections open"));
            assertThat(process.isAlive()).isTrue();
            process.destroy();

            assertThat(status(process)).isEqualTo(143);
        }
    }

    @Test
    void leavesNoProcessAndNoSocketBehindWhenItIsKilled() throws Exception {
        Programs.require("php-cgi", "php-cgi");
        Programs.require("perl", "perl");
        new ScriptDirectory(directory.resolve("php")).plain("a.php", "<?php echo getmypid();");
        new ScriptDirectory(directory.resolve("cgi")).perl("a.pl", """
                $| = 1; print "Content-Type: text/plain\n\n$$"; sleep 60 if $ENV{QUERY_STRING};""");
        Path temporary = Files.createDirectories(directory.resolve("tmp"));
        Process process = run(List.of("-Djava.io.tmpdir=" + temporary), "serve", "-c", configuration("""
                listeners:
                - port: 0
                routes:
                - {path: /php/**, handler: fastcgi, root: php, command: php-cgi, children: 2}
                - {path: /cgi/**, handler: cgi, root: cgi}
                """).toString());
        int port = awaitPort();
        try (var php = RawClient.connect(port); var perl = RawClient.connect(port)) {
            php.send("GET /php/a.php HTTP/1.1\r\nHost: x\r\n\r\n");
            assertThat(php.readResponse().status()).isEqualTo(200);
            perl.send("GET /cgi/a.pl?wait HTTP/1.1\r\nHost: x\r\n\r\n");
            assertThat(perl.readLine()).startsWith("HTTP/1.1 200");
            // php-cgi with two children; a fork server with one
            List<ProcessHandle> programs = await().until(() -> process.descendants().toList(), all -> all.size() >= 5);

            process.destroyForcibly();

            try {
                await().atMost(Duration.ofSeconds(20)).until(() -> programs.stream().noneMatch(ServeProcessTest::runs));
            } finally {
                programs.forEach(ProcessHandle::destroyForcibly);
            }
        }
        try (var left = Files.find(temporary, 3, (file, attributes) -> attributes.isOther())) {
            assertThat(left).as("sockets").isEmpty();
        }
    }

    /** Whether it runs: one that has ended may wait for whoever its parent is now. */
    static boolean runs(ProcessHandle process) {
        try {
            String status = Files.readString(Path.of("/proc", String.valueOf(process.pid()), "stat"), StandardCharsets.ISO_8859_1);
            return process.isAlive() && !status.substring(status.lastIndexOf(')')).startsWith(") Z");
        } catch (IOException e) {
            return false;
        }
    }

    @Test
    void saysInOneLineThatAPortIsTaken() throws Exception {
        try (var taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            Path file = configuration("listeners:\n- port: " + taken.getLocalPort()
                    + "\nroutes:\n- {path: /, handler: respond}\n");
            assertThat(status(run(List.of(), "serve", "-c", file.toString()))).isEqualTo(1);
        }
        assertThat(printed("err").lines()).singleElement().asString()
                .startsWith("loomgate: can't listen on 127.0.0.1:").contains("Address already in use");
        assertThat(printed("out")).isEmpty();
    }

    @Test
    void servesNothingWithABrokenConfiguration() throws Exception {
        Path file = configuration("routes:\n- {path: /, handler: respnd}\n");
        assertThat(status(run(List.of(), "serve", "-c", file.toString()))).isEqualTo(78);
        assertThat(printed("err")).isEqualTo(file + ":2: routes[0].handler: found 'respnd'; did you mean 'respond'? allowed: "
                + "static, cgi, fastcgi, scgi, proxy, java, main, rest, servlet, redirect, respond\n1 mistake\n");
    }
}
