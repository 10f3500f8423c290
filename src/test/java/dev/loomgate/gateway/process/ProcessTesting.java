package dev.loomgate.gateway.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;

import io.helidon.webserver.http.HttpRouting;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

import dev.loomgate.gateway.ScriptResolver;
import dev.loomgate.gateway.ScriptRules;
import dev.loomgate.testing.LogCapture;
import dev.loomgate.testing.RawClient;
import dev.loomgate.testing.ScriptDirectory;
import dev.loomgate.testing.TestServer;

/** A server with a directory of scripts that run as processes. */
abstract class ProcessTesting {
    static final String OK = "echo Content-Type: text/plain; echo; ";

    @TempDir
    Path top;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    final LogCapture log = LogCapture.ofThisTest("dev.loomgate");
    ScriptDirectory scripts;
    ProcessGateway gateway;
    TestServer server;

    abstract Launcher launcher();

    @BeforeEach
    void createDirectories() throws IOException {
        scripts = new ScriptDirectory(top.resolve("cgi"));
        Files.createDirectories(scripts.path());
        Files.createDirectories(top.resolve("tmp"));
    }

    @AfterEach
    void stop() {
        if (server != null) {
            server.close();
            gateway.close();
        }
        threads.shutdownNow();
        log.close();
    }

    ProcessSettings.Builder settings() {
        return ProcessSettings.builder().temporaryDirectory(top.resolve("tmp")).terminationGrace(Duration.ofMillis(300));
    }

    void start(ProcessSettings.Builder settings) {
        start(settings, ScriptRules.defaults());
    }

    void start(ProcessSettings.Builder settings, ScriptRules rules) {
        gateway = new ProcessGateway(ScriptResolver.ofDirectory("", scripts.path(), rules), settings.build(), launcher());
        server = TestServer.start(HttpRouting.builder().any(gateway).any((req, res) -> res.send("next route")));
    }

    RawClient connect() throws IOException {
        return RawClient.connect(server.port());
    }

    RawClient.Response get(String path) throws IOException {
        try (RawClient client = connect()) {
            return client.send("GET " + path + " HTTP/1.1\r\nHost: h\r\n\r\n").readResponse();
        }
    }

    <T> Future<T> inBackground(Callable<T> call) {
        return threads.submit(call);
    }

    void awaitFile(String name) {
        Awaitility.await().until(() -> Files.exists(top.resolve(name)) && Files.size(top.resolve(name)) > 0);
    }

    /** The process ids that a script has noted in a file, one a line. */
    List<Long> pids(String file) {
        awaitFile(file);
        try (Stream<String> lines = Files.lines(top.resolve(file))) {
            return lines.map(Long::parseLong).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static boolean isAlive(long pid) {
        return ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false);
    }

    void awaitLog(String... parts) {
        Awaitility.await().untilAsserted(() -> assertThat(log.lines()).anySatisfy(line -> assertThat(line).contains(parts)));
    }
}
