package dev.loomgate.gateway.forkserver;

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
import dev.loomgate.gateway.process.ProcessSettings;
import dev.loomgate.testing.LogCapture;
import dev.loomgate.testing.RawClient;
import dev.loomgate.testing.ScriptDirectory;
import dev.loomgate.testing.TestServer;

/** A server with a directory of scripts and fork servers for them. */
abstract class ForkServerTesting {
    static final String OK = "print \"Content-Type: text/plain\\n\\n\"; ";
    static final String PYTHON_OK = "import sys\nprint('Content-Type: text/plain\\n')\n";

    @TempDir
    Path top;
    final LogCapture log = LogCapture.ofThisTest("dev.loomgate.gateway");
    ScriptDirectory scripts;
    ForkServerGateway gateway;
    TestServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    @BeforeEach
    void createDirectories() throws IOException {
        scripts = new ScriptDirectory(top.resolve("cgi"));
        Files.createDirectories(scripts.path());
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

    /** How many requests a process serves. */
    int requestsPerProcess() {
        return 1;
    }

    /** How many processes are forked ahead. */
    ForkServerSettings.Spare spare() {
        return ForkServerSettings.Spare.NONE;
    }

    static ProcessSettings.Builder processes() {
        return ProcessSettings.builder().terminationGrace(Duration.ofMillis(300));
    }

    /** Starts the server, with scripts that must not run by plain CGI. */
    void start() {
        start(processes(), ForkServerSettings.defaults().withMode(ForkServerSettings.Mode.FORK_SERVER));
    }

    void startAuto() {
        start(processes(), ForkServerSettings.defaults());
    }

    void start(ProcessSettings.Builder processes, ForkServerSettings settings) {
        start(processes, settings, ScriptRules.defaults());
    }

    void start(ProcessSettings.Builder processes, ForkServerSettings settings, ScriptRules rules) {
        ForkServerSettings.Spare spare = settings.spare().count() > 0 ? settings.spare() : spare();
        gateway = new ForkServerGateway(ScriptResolver.ofDirectory("", scripts.path(), rules), processes.build(),
                settings.withRequestsPerProcess(requestsPerProcess()).withSpare(spare));
        server = TestServer.start(HttpRouting.builder().get("/plain", (req, res) -> res.send("plain")).any(gateway));
    }

    RawClient connect() throws IOException {
        return RawClient.connect(server.port());
    }

    RawClient.Response get(String path) throws IOException {
        try (RawClient client = connect()) {
            client.readTimeout(Duration.ofSeconds(90));
            return client.send("GET " + path + " HTTP/1.1\r\nHost: h\r\n\r\n").readResponse();
        }
    }

    String body(String path) throws IOException {
        RawClient.Response response = get(path);
        assertThat(response.status()).as(response.body()).isEqualTo(200);
        return response.body();
    }

    RawClient.Response post(String path, String body) throws IOException {
        try (RawClient client = connect()) {
            return client.send("POST " + path + " HTTP/1.1\r\nHost: h\r\nContent-Length: " + body.length() + "\r\n\r\n" + body)
                    .readResponse();
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
        try {
            String status = Files.readString(Path.of("/proc/" + pid + "/stat"));
            return status.charAt(status.lastIndexOf(')') + 2) != 'Z';
        } catch (IOException e) {
            return false;
        }
    }

    static void kill(long pid) {
        ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
    }

    void awaitLog(String... parts) {
        Awaitility.await().untilAsserted(() -> assertThat(log.lines()).anySatisfy(line -> assertThat(line).contains(parts)));
    }

    long logged(String part) {
        return log.lines().stream().filter(line -> line.contains(part)).count();
    }

    /** Drivers that this test's gateway has started and that have not ended. */
    List<ProcessHandle> drivers() {
        return drivers(scripts.path());
    }

    /** Drivers of scripts whose paths begin so. */
    static List<ProcessHandle> drivers(Path script) {
        return ProcessHandle.current().children().filter(child -> {
            String command = commandLine(child.pid());
            return isAlive(child.pid()) && command.contains(script.toString())
                    && (command.contains("Loomgate::ForkServer") || command.contains("loomgate_forkserver"));
        }).toList();
    }

    static String commandLine(long pid) {
        try {
            return Files.readString(Path.of("/proc/" + pid + "/cmdline")).replace('\0', ' ');
        } catch (IOException e) {
            return "";
        }
    }
}
