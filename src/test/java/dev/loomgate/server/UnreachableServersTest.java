package dev.loomgate.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;

import dev.loomgate.testing.BlackHole;
import dev.loomgate.testing.ConcurrentClass;
import dev.loomgate.testing.LogCapture;
import dev.loomgate.testing.RawBackend;
import dev.loomgate.testing.RawClient;
import dev.loomgate.upstream.Balance;
import dev.loomgate.upstream.Endpoint;
import dev.loomgate.upstream.Group;
import dev.loomgate.upstream.GroupSettings;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Servers to which packets go and from which nothing comes, and calls that have less time than that would take. */
@ConcurrentClass
class UnreachableServersTest {
    private static final Duration LONG = Duration.ofSeconds(60);

    @TempDir
    Path directory;

    private Server server(String servers, String more) throws Exception {
        return Plan.read(Files.writeString(directory.resolve("test.yaml"), """
                listeners: [{port: 0}]
                upstreams:
                  app: {servers: [%s], connect-timeout: 300ms, max-connections: 4%s}
                routes:
                - {path: /app/**, handler: proxy, upstream: app}
                """.formatted(servers, more))).start();
    }

    private static int get(Server server) throws IOException {
        try (RawClient client = RawClient.connect(URI.create(server.addresses().getFirst()).getPort())) {
            return client.send("GET /app HTTP/1.1\r\nHost: a\r\n\r\n").readResponse().status();
        }
    }

    @Test
    void givesUpConnectingInTimeAndSeldomTriesAgain() throws Exception {
        try (BlackHole hole = BlackHole.open(); Server server = server("'127.0.0.1:" + hole.port() + "'", "");
             var clients = Executors.newVirtualThreadPerTaskExecutor()) {
            long begun = System.nanoTime();
            var answers = new ArrayList<Future<Integer>>();
            for (int i = 0; i < 40; i++) {
                answers.add(clients.submit(() -> get(server)));
            }
            for (Future<Integer> answer : answers) {
                assertThat(answer.get()).isIn(504, 502);
            }
            assertThat(answers.getFirst().get()).isEqualTo(504);
            long took = Duration.ofNanos(System.nanoTime() - begun).toMillis();
            assertThat(took).isLessThan(20_000);
            var status = server.upstreams().get("app").servers().getFirst();
            // as many at once as there may be connections; then one at a time, each for 300 ms
            assertThat(status.connects()).isLessThanOrEqualTo(4 + 1 + took / 300);
            assertThat(status.active()).isZero();
        }
    }

    @Test
    void passesABlackHoleOverForAnotherServer() throws Exception {
        try (BlackHole hole = BlackHole.open(); RawBackend backend = RawBackend.start(call -> call.respond("ok"));
             Server server = server("'127.0.0.1:" + hole.port() + "', '127.0.0.1:" + backend.port() + "'",
                     ", ejection: {failures: 1, time: 60s}")) {
            for (int i = 0; i < 20; i++) {
                assertThat(get(server)).isEqualTo(200);
            }
            var servers = server.upstreams().get("app").servers();
            assertThat(servers.getFirst().connects()).isEqualTo(1);
            assertThat(servers.getFirst().state()).isEqualTo("ejected");
            assertThat(servers.getFirst().reason()).hasValueSatisfying(reason ->
                    assertThat(reason).startsWith("it has failed: ").hasSizeLessThan(250));
            assertThat(servers.getLast().requests()).isEqualTo(20);
        }
    }

    @Test
    void anAnswerOfTheOnlyServerEndsItsEjection() throws Exception {
        var fails = new AtomicBoolean(true);
        try (RawBackend backend = RawBackend.start(call -> {
            if (fails.get()) {
                throw new IOException("fails");
            }
            call.respond("ok");
        }); Server server = server("'127.0.0.1:" + backend.port() + "'", ", ejection: {failures: 2, time: 60s}")) {
            for (int i = 0; i < 2; i++) {
                assertThat(get(server)).isEqualTo(502);
            }
            var status = server.upstreams().get("app").servers().getFirst();
            assertThat(status.state()).isEqualTo("ejected");
            assertThat(status.reason()).hasValueSatisfying(reason -> assertThat(reason).startsWith("2 failures in a row"));
            fails.set(false);
            assertThat(get(server)).isEqualTo(200);
            status = server.upstreams().get("app").servers().getFirst();
            assertThat(status.state()).isNotEqualTo("ejected");
            assertThat(status.reason()).isEmpty();
            assertThat(status.ejections()).isEqualTo(1);
        }
    }

    @Test
    void doesNotFillTheLogWithWhatFails() throws Exception {
        try (LogCapture log = LogCapture.ofThisTest("dev.loomgate.proxy"); RawBackend backend = RawBackend.start(call -> {
            throw new IOException("fails");
        }); Server server = server("'127.0.0.1:" + backend.port() + "'", ", ejection: off")) {
            long begun = System.nanoTime();
            for (int i = 0; i < 60; i++) {
                assertThat(get(server)).isEqualTo(502);
            }
            long seconds = Duration.ofNanos(System.nanoTime() - begun).toSeconds();
            assertThat(warnings(log)).hasSizeBetween(20, Math.toIntExact(21 + seconds));
            Awaitility.await().until(() -> {
                assertThat(get(server)).isEqualTo(502);
                return warnings(log).stream().anyMatch(line -> line.contains("left-out-before="));
            });
        }
    }

    private static List<String> warnings(LogCapture log) {
        return log.lines().stream().filter(line -> line.contains("WARN") && line.contains("502")).toList();
    }

    private static Group group(int port, Duration connectTimeout) {
        return new Group(new GroupSettings("app", List.of(new GroupSettings.Server(new Endpoint.Tcp("127.0.0.1", port), 1, false, 1)),
                Balance.ROUND_ROBIN, 10, LONG, connectTimeout, LONG, LONG, 0, Duration.ZERO, 1, LONG, Optional.empty()));
    }

    private static void assertEndsInTime(GroupClient client) {
        long begun = System.nanoTime();
        assertThatThrownBy(() -> client.within(Duration.ofMillis(200)).get("/")).isInstanceOf(IOException.class)
                .hasMessageContaining("app").hasMessageContaining("PT0.");
        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(20));
    }

    @Test
    void limitsTheWholeCallOfAHandlerWhateverItWaitsFor() throws Exception {
        var held = new CountDownLatch(1);
        try (BlackHole hole = BlackHole.open(); Group dark = group(hole.port(), LONG)) {
            long begun = System.nanoTime();
            assertThatThrownBy(() -> new GroupClient(dark, LONG).within(Duration.ofMillis(200)).get("/"))
                    .isInstanceOf(IOException.class).hasMessageContaining("no connection");
            assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(20));
            // that one call was in a hurry tells nothing about the server
            assertThat(dark.status().servers().getFirst().state()).isEqualTo("up");
            assertThat(dark.status().servers().getFirst().failures()).isZero();
        }
        try (RawBackend backend = RawBackend.start(call -> held.await()); Group busy = group(backend.port(), LONG)) {
            Thread first = Thread.startVirtualThread(() -> {
                try {
                    new GroupClient(busy, LONG).get("/");
                } catch (IOException | InterruptedException e) {
                    // the group is closed in the end
                }
            });
            Awaitility.await().until(() -> backend.requests() == 1);
            assertEndsInTime(new GroupClient(busy, LONG));
            assertThat(busy.status().waiting()).isZero();
            held.countDown();
            // the call that has all the time there is would use it up
            busy.close();
            first.join();
        }
    }
}
