package dev.loomgate.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLConnection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

import javax.net.ssl.SSLContext;

import dev.loomgate.testing.Churn;
import dev.loomgate.testing.Concurrent;
import dev.loomgate.testing.RawClient;
import dev.loomgate.testing.ScriptDirectory;
import dev.loomgate.testing.Trust;
import dev.loomgate.tls.DevCertificate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server that runs and is told what to do, above all to give way to another process. */
@Concurrent
class HandoverTest {
    private static final String REQUEST = " HTTP/1.1\r\nHost: x\r\n\r\n";
    /** Of the clients: the siege does not leave the processors to the processes that start. */
    private static final Duration PAUSE = Duration.ofMillis(10);
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    Path directory;

    private void configure(String body) throws IOException {
        new ScriptDirectory(directory).sh("script.sh", """
                echo 'Content-Type: text/plain'
                echo
                echo begun
                while [ ! -e go ]; do sleep 0.05; done
                echo ended
                """);
        Files.writeString(directory.resolve("test.yaml"), """
                listeners: [{port: 0}, {port: 0, tls: {certificate: tls/dev-cert.pem, key: tls/dev-key.pem}}]
                admin: {port: 0}
                control: control.sock
                guard: {drain-timeout: 5m, idle-timeout: 5m}
                log: {access: {file: access.log}}
                routes:
                - {path: /, handler: respond, body: %s}
                - {path: /cgi, handler: cgi, script: script.sh, timeout: 5m}
                """.formatted(body));
    }

    /** Trusts the certificate that all servers of a test have. */
    private SSLContext certified() throws Exception {
        return Trust.in(DevCertificate.write(directory.resolve("tls"), List.of("127.0.0.1"), 30).certificate());
    }

    private static String get(int port, String path) throws IOException {
        URLConnection connection = URI.create("http://127.0.0.1:" + port + path).toURL().openConnection();
        // one that was kept would have its next answer from the process that it had the last one from
        connection.setRequestProperty("Connection", "close");
        try (InputStream in = connection.getInputStream()) {
            return new String(in.readAllBytes());
        }
    }

    @Test
    void losesNoRequestOverUpgradesAndReloads() throws Exception {
        SSLContext context = certified();
        configure("one");
        try (ServerProcess server = ServerProcess.start(directory)) {
            int port = server.port();
            long first = server.pid();
            try (RawClient script = RawClient.connect(port); RawClient quiet = RawClient.connect(port);
                 Churn churn = Churn.start(() -> RawClient.connect(port), PAUSE);
                 Churn secret = Churn.start(() -> RawClient.connect(context, server.tlsPort()), PAUSE)) {
                assertThat(quiet.send("GET /" + REQUEST).readResponse().body()).isEqualTo("one");
                script.send("GET /cgi HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
                assertThat(script.readHead().status()).isEqualTo(200);
                churn.awaitMore(50);
                secret.awaitMore(20);
                for (int i = 0; i < 2; i++) {
                    configure("number" + i);
                    assertThat(server.run("upgrade", "--timeout", "120")).extracting(ServerProcess.Outcome::status, ServerProcess.Outcome::err)
                            .containsExactly(0, "");
                    assertThat(get(port, "/")).isEqualTo("number" + i);
                    churn.awaitMore(100);
                    secret.awaitMore(20);
                    configure("reloaded" + i);
                    assertThat(server.run("reload").status()).isZero();
                    assertThat(get(port, "/")).isEqualTo("reloaded" + i);
                    churn.awaitMore(100);
                    secret.awaitMore(20);
                }
                assertThat(churn.failures()).isEmpty();
                assertThat(secret.failures()).isEmpty();
                // the first process is still there for these
                assertThat(server.process().isAlive()).isTrue();
                RawClient.Response last = quiet.send("GET /" + REQUEST).readResponse();
                assertThat(last.body()).isEqualTo("one");
                assertThat(last.header("Connection")).contains("close");
                Files.createFile(directory.resolve("go"));
                assertThat(script.readToEnd()).contains("begun").contains("ended");
            }
            assertThat(server.process().waitFor(90, TimeUnit.SECONDS)).isTrue();
            assertThat(server.process().exitValue()).isZero();
            assertThat(server.pid()).isNotEqualTo(first).isEqualTo(Long.parseLong(server.printed("pid").strip()));
            assertThat(server.run("stop")).extracting(ServerProcess.Outcome::status, ServerProcess.Outcome::out)
                    .containsExactly(0, "stopped\n");
        }
        assertThat(directory.resolve("control.sock")).doesNotExist();
        assertThat(directory.resolve("pid")).doesNotExist();
    }

    @Test
    void refusesWhatHasWaitedForAnUpgradeAndMeansTheNewProcess() throws Exception {
        certified();
        configure("one");
        Path launcher = directory.resolve("launcher");
        List<String> command = ServerProcess.command(directory, List.of("-Dloomgate.launcher=" + launcher));
        new ScriptDirectory(directory).sh("launcher", """
                touch %1$s/starting
                until [ -e %1$s/start ]; do sleep 0.05; done
                exec '%2$s' "$@"
                """.formatted(directory, String.join("' '", command.subList(0, command.size() - 2))));
        try (ServerProcess server = ServerProcess.start(directory, "-Dloomgate.launcher=" + launcher);
             RawClient script = RawClient.connect(server.port()); var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            long first = server.pid();
            // so that the first process stays
            script.send("GET /cgi" + REQUEST);
            assertThat(script.readHead().status()).isEqualTo(200);
            Future<ServerProcess.Outcome> upgrade = threads.submit(() -> server.run("upgrade", "--timeout", "120"));
            await().atMost(PATIENCE).until(() -> Files.exists(directory.resolve("starting")));
            Future<ServerProcess.Outcome> reload = threads.submit(() -> server.run("reload"));
            Future<ServerProcess.Outcome> another = threads.submit(() -> server.run("upgrade"));
            // the socket that listens, and that of each of the three
            await().atMost(PATIENCE).until(() -> Files.readAllLines(Path.of("/proc/net/unix")).stream()
                    .filter(line -> line.contains(directory.resolve("control.sock").toString())).count() == 4);
            Files.createFile(directory.resolve("start"));
            assertThat(upgrade.get()).extracting(ServerProcess.Outcome::status, ServerProcess.Outcome::err).containsExactly(0, "");
            for (Future<ServerProcess.Outcome> late : List.of(reload, another)) {
                assertThat(late.get().status()).isEqualTo(ExitStatus.FAILED);
                assertThat(late.get().err()).contains("process " + server.pid() + " has taken this one's place");
            }
            assertThat(server.pid()).isNotEqualTo(first);
            assertThat(server.run("reload").status()).isZero();
            Files.createFile(directory.resolve("go"));
        }
    }

    @Test
    void goesOnWhenTheNewProcessCrashesHangsOrCanNotReadItsConfiguration() throws Exception {
        certified();
        configure("one");
        Path launcher = directory.resolve("launcher");
        new ScriptDirectory(directory).sh("launcher", "exit 3\n");
        try (ServerProcess server = ServerProcess.start(directory, "-Dloomgate.launcher=" + launcher)) {
            int port = server.port();
            long first = server.pid();
            try (Churn churn = Churn.start(() -> RawClient.connect(port), PAUSE)) {
                assertThat(server.run("upgrade")).satisfies(outcome -> {
                    assertThat(outcome.status()).isEqualTo(ExitStatus.FAILED);
                    assertThat(outcome.err()).contains("did not start, and ended with status 3");
                });
                new ScriptDirectory(directory).sh("launcher", "exec sleep 100\n");
                assertThat(server.run("upgrade", "--timeout", "1").err()).contains("not ready within 1 s");
                Files.delete(launcher);
                configure("{");
                assertThat(server.run("upgrade").err()).contains("did not start, and ended with status 78: ").contains("test.yaml");
                assertThat(server.run("reload")).satisfies(outcome -> {
                    assertThat(outcome.status()).isEqualTo(ExitStatus.CONFIGURATION);
                    assertThat(outcome.err()).contains("test.yaml").contains("goes on with the one before");
                });
                churn.awaitMore(50);
                assertThat(churn.failures()).isEmpty();
            }
            assertThat(server.pid()).isEqualTo(first);
            assertThat(get(port, "/")).isEqualTo("one");
            assertThat(ProcessHandle.of(first).orElseThrow().children()).isEmpty();
        }
    }

    @Test
    void answersCommandsOfItsOwnerAlone() throws Exception {
        certified();
        configure("one");
        try (ServerProcess server = ServerProcess.start(directory)) {
            int port = server.port();
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve("control.sock"))))
                    .isEqualTo("rw-------");
            assertThat(server.run("status").out()).contains("http://127.0.0.1:" + port).containsPattern("ready +true");
            assertThat(server.run("log-level", "dev.loomgate.guard", "debug").status()).isZero();
            assertThat(server.run("log-level", "dev.loomgate.guard", "loud").err()).contains("unknown level 'loud'");
            assertThat(server.run("drain").out()).startsWith("not ready");
            assertThat(get(port, "/")).isEqualTo("one");
            assertThat(server.run("drain", "--end").out()).startsWith("ready");
            assertThat(server.run("stop").status()).isZero();
            assertThat(server.process().waitFor()).isZero();
            assertThat(server.run("status")).satisfies(outcome -> {
                assertThat(outcome.status()).isEqualTo(ExitStatus.FAILED);
                assertThat(outcome.err()).contains("no server runs with this configuration").contains("control.sock");
            });
        }
    }

    @Test
    void obeysSignals() throws Exception {
        certified();
        configure("one");
        try (ServerProcess server = ServerProcess.start(directory)) {
            configure("two");
            signal(server, "-HUP");
            await().atMost(PATIENCE).until(() -> get(server.port(), "/").equals("two"));
            Path log = directory.resolve("access.log");
            await().atMost(PATIENCE).until(() -> Files.size(log) > 0);
            // as logrotate does it
            Path moved = Files.move(log, directory.resolve("access.log.1"));
            long before = Files.size(moved);
            signal(server, "-USR1");
            await().atMost(PATIENCE).until(() -> Files.exists(log));
            get(server.port(), "/?afterwards");
            await().atMost(PATIENCE).until(() -> Files.readString(log).contains("/?afterwards"));
            assertThat(Files.size(moved)).isGreaterThanOrEqualTo(before);
            assertThat(Files.readString(moved)).doesNotContain("/?afterwards");
            Files.move(log, directory.resolve("access.log.2"));
            assertThat(server.run("reopen-logs").status()).isZero();
            await().atMost(PATIENCE).until(() -> Files.exists(log));
        }
    }

    private static void signal(ServerProcess server, String signal) throws Exception {
        assertThat(new ProcessBuilder("kill", signal, String.valueOf(server.process().pid())).start().waitFor()).isZero();
    }

    @Test
    void saysNotReadyFirstAndServesOnForAWhile() throws Exception {
        certified();
        configure("one");
        Path file = directory.resolve("test.yaml");
        Files.writeString(file, Files.readString(file).replace("drain-timeout: 5m", "drain-timeout: 5m, drain-delay: 10m"));
        try (ServerProcess server = ServerProcess.start(directory)) {
            server.process().destroy();
            await().atMost(PATIENCE).until(() -> server.run("status").out().matches("(?s).*ready +false.*"));
            // who comes now is served, and told to go elsewhere
            try (RawClient late = RawClient.connect(server.port())) {
                RawClient.Response response = late.send("GET /" + REQUEST).readResponse();
                assertThat(response.status()).isEqualTo(200);
                assertThat(response.header("Connection")).contains("close");
            }
            assertThat(server.process().isAlive()).isTrue();
            server.process().destroy();
            assertThat(server.process().waitFor(90, TimeUnit.SECONDS)).isTrue();
            assertThat(server.process().exitValue()).isEqualTo(143);
        }
    }
}
