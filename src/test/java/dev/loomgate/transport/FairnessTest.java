package dev.loomgate.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

import dev.loomgate.guard.Guard;
import dev.loomgate.guard.GuardSettings;
import dev.loomgate.http1.Http1Settings;
import dev.loomgate.testing.Bystander;
import dev.loomgate.testing.RawClient;
import dev.loomgate.testing.TestServer;
import io.helidon.webserver.http.HttpRouting;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One client with many connections that keeps all processors busy, and another with one. */
class FairnessTest {
    private static final int CONNECTIONS = 48;
    private static final Duration WORK = Duration.ofMillis(3);
    /** Several times what it takes for each of the connections to have its turn, on two processors that others use, too. */
    private static final Duration LONG = Duration.ofSeconds(5);

    /** What the two clients got. */
    private record Outcome(Duration other, int greedy, Duration time, List<String> errors) {
        double greedyPerSecond() {
            return greedy * 1e9 / time.toNanos();
        }
    }

    @Test
    void keepsOneBusyClientFromDelayingAnother() throws Exception {
        Outcome unprotected = flood(false);
        Outcome fair = flood(true);

        // it is served, also on new connections, which the scheduler by itself would keep out
        assertThat(unprotected.errors()).isEmpty();
        assertThat(fair.errors()).isEmpty();
        assertThat(unprotected.other()).as("median").isLessThan(LONG);
        assertThat(fair.other()).as("median").isLessThan(LONG.dividedBy(2));
        // the processors have not become idle, as far as a machine that others use can tell
        assertThat(fair.greedyPerSecond()).as("requests a second, and %s unprotected", unprotected.greedyPerSecond())
                .isGreaterThan(unprotected.greedyPerSecond() / 10);
    }

    /** So much is sent ahead that no connection ever has to wait for its client: its thread never pauses by itself. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void letsOthersInWhileManyConnectionsOfOneClientNeverPause(boolean fair) throws Exception {
        try (Guard guard = Guard.open(GuardSettings.builder().fair(fair).build());
             TestServer server = server(guard, new AtomicInteger());
             Bystander bystander = Bystander.start("127.0.0.1", server.port())) {
            var flood = new ArrayList<RawClient>();
            try {
                for (int i = 0; i < CONNECTIONS; i++) {
                    RawClient client = RawClient.connectFrom("127.0.0.2", server.port());
                    flood.add(client);
                    Thread.ofPlatform().daemon().start(() -> sendWithoutPause(client));
                    Thread.ofPlatform().daemon().start(() -> discard(client));
                }
                // on old connections and on new ones: each tenth is
                Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> bystander.answers() > 15);
                bystander.reset();
                Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> bystander.answers() > 25);
                assertThat(bystander.errors()).isEmpty();
                assertThat(bystander.percentile(50)).as("median").isLessThan(fair ? LONG.dividedBy(2) : LONG);
            } finally {
                for (RawClient client : flood) {
                    client.close();
                }
            }
        }
    }

    private static TestServer server(Guard guard, AtomicInteger done) {
        return TestServer.start(HttpRouting.builder()
                        .get("/work", (request, response) -> {
                            work();
                            done.incrementAndGet();
                            response.send("done");
                        })
                        .get((request, response) -> response.send("x")),
                ListenerSettings.local(0), guard, Http1Settings.DEFAULT, List.of());
    }

    private static void work() {
        for (long end = System.nanoTime() + WORK.toNanos(); System.nanoTime() < end;) {
            Thread.onSpinWait();
        }
    }

    private static void sendWithoutPause(RawClient client) {
        byte[] requests = "GET /work HTTP/1.1\r\nHost: h\r\n\r\n".repeat(1_000).getBytes(StandardCharsets.ISO_8859_1);
        try {
            while (true) {
                client.send(requests);
            }
        } catch (IOException e) {
            // the end of the test
            return;
        }
    }

    private static void discard(RawClient client) {
        try {
            client.stream().transferTo(OutputStream.nullOutputStream());
        } catch (IOException e) {
            // the end of the test
            return;
        }
    }

    private static Outcome flood(boolean fair) throws Exception {
        var done = new AtomicInteger();
        try (Guard guard = Guard.open(GuardSettings.builder().fair(fair).build());
             TestServer server = server(guard, done);
             Bystander bystander = Bystander.start("127.0.0.1", server.port());
             Flood flood = new Flood(server.port())) {
            Awaitility.await().atMost(Duration.ofSeconds(120)).until(() -> done.get() > 5 * CONNECTIONS);
            bystander.reset();
            int before = done.get();
            long start = System.nanoTime();
            Awaitility.await().atMost(Duration.ofSeconds(120))
                    .until(() -> bystander.answers() >= 12 && done.get() - before > 5 * CONNECTIONS);
            return new Outcome(bystander.percentile(50), done.get() - before, Duration.ofNanos(System.nanoTime() - start),
                    bystander.errors());
        }
    }

    /** Many connections of one address; each asks again as soon as it is answered. */
    private static final class Flood implements AutoCloseable {
        private final List<RawClient> clients = new ArrayList<>();

        Flood(int port) throws IOException {
            for (int i = 0; i < CONNECTIONS; i++) {
                RawClient client = RawClient.connectFrom("127.0.0.2", port).readTimeout(Duration.ofSeconds(30));
                clients.add(client);
                // not virtual: these would wait in the same queue as the server's
                Thread.ofPlatform().daemon().start(() -> run(client));
            }
        }

        private static void run(RawClient client) {
            try {
                while (true) {
                    client.send("GET /work HTTP/1.1\r\nHost: h\r\n\r\n").readResponse();
                }
            } catch (IOException e) {
                // the end of the test
                return;
            }
        }

        @Override
        public void close() throws IOException {
            for (RawClient client : clients) {
                client.close();
            }
        }
    }
}
