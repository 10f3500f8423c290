package dev.loomgate.http2;

import static dev.loomgate.http2.FrameClient.integer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.EOFException;
import java.io.IOException;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import java.util.stream.Stream;

import dev.loomgate.guard.Guard;
import dev.loomgate.testing.Bystander;
import dev.loomgate.testing.Footprint;
import dev.loomgate.testing.TestServer;
import dev.loomgate.transport.ListenerSettings;
import io.helidon.webserver.http.HttpRouting;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every flood of {@link FloodTest} by several clients that come back at once, while somebody else wants something. */
class Http2Siege {
    private static final int CLIENTS = 8;
    private static final Duration TIME = Duration.ofSeconds(1);
    private static final int SLOW_CONNECTIONS = 300;

    private Guard guard;
    private TestServer server;

    @BeforeEach
    void start() {
        guard = Guard.none();
        server = Http2Server.start(HttpRouting.builder()
                .get("/", (request, response) -> response.send("fine"))
                .any("/ok", (request, response) -> response.send("fine"))
                .any("/hold", (request, response) -> response.send(new byte[100_000]))
                .any("/large", (request, response) -> response.send(new byte[1_000_000])),
                ListenerSettings.local(0), guard, Http2Settings.DEFAULT);
    }

    @AfterEach
    void stop() {
        server.close();
        guard.close();
    }

    static Stream<Arguments> floods() {
        return FloodTest.floods();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("floods")
    void holdsUpNobodyElse(String name, String reason, IntFunction<byte[]> nth) throws Exception {
        var over = new AtomicBoolean();
        var connections = new AtomicInteger();
        try (Bystander bystander = Bystander.start("127.0.0.9", server.port());
             // not virtual: they never wait, and would share the server's carriers, which nobody takes from them
             ExecutorService threads = Executors.newFixedThreadPool(CLIENTS)) {
            threads.invokeAll(Collections.<Callable<Void>>nCopies(CLIENTS, () -> null)); // all of them are there before they are counted
            Footprint before = Footprint.now();
            for (int i = 0; i < CLIENTS; i++) {
                threads.submit(() -> {
                    while (!over.get()) {
                        flood(nth, over);
                        connections.incrementAndGet();
                    }
                    return null;
                });
            }
            bystander.reset();
            TimeUnit.MILLISECONDS.sleep(TIME.toMillis());
            // where others have to wait longer, the time that they took tells
            await().atMost(Duration.ofSeconds(30)).until(() -> bystander.answers() > 0);
            over.set(true);
            assertThat(bystander.errors()).isEmpty();
            assertThat(bystander.percentile(99)).isLessThan(Duration.ofSeconds(3));
            threads.shutdown();
            assertThat(threads.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
            await().atMost(Duration.ofSeconds(30)).until(() -> server.listener().connectionCount() <= 1);
            before.assertNothingLeaked();
            System.out.printf("%s: %d connections, others within %d ms (p99)%n", name, connections.get(),
                    bystander.percentile(99).toMillis());
        }
    }

    private void flood(IntFunction<byte[]> nth, AtomicBoolean over) throws IOException {
        try (FrameClient client = FrameClient.connect(server.port())) {
            for (int i = 0; !over.get(); i++) {
                client.send(nth.apply(i));
            }
        } catch (SocketException | EOFException e) {
            // closed, as it should be
            assertThat(e).isNotNull();
        }
    }

    /** Three hundred connections of a hundred requests each, none of which is read: their threads wait, and hold little. */
    @Test
    void keepsLittleForThoseWhoDoNotRead() throws Exception {
        List<FrameClient> clients = new ArrayList<>();
        try (Bystander bystander = Bystander.start("127.0.0.9", server.port())) {
            System.gc();
            long before = used();
            for (int i = 0; i < SLOW_CONNECTIONS; i++) {
                FrameClient client = FrameClient.connect(server.port(), 4, 0);
                clients.add(client);
                for (int stream = 1; stream < 200; stream += 2) {
                    client.get(stream, "/ok");
                }
            }
            await().atMost(Duration.ofSeconds(60)).until(() -> server.listener().streamCount() == 100 * SLOW_CONNECTIONS);
            bystander.reset();
            System.gc();
            long each = (used() - before) / (100L * SLOW_CONNECTIONS);
            TimeUnit.SECONDS.sleep(2);
            assertThat(bystander.errors()).isEmpty();
            assertThat(bystander.percentile(99)).isLessThan(Duration.ofSeconds(3));
            // with the clients' side, which is in the same process
            assertThat(each).isLessThan(16 * 1024);
            for (FrameClient client : clients) {
                for (int stream = 1; stream < 200; stream += 2) {
                    client.frame(Frame.WINDOW_UPDATE, 0, stream, integer(10));
                }
            }
            await().atMost(Duration.ofSeconds(60)).until(() -> server.listener().streamCount() == 0);
            System.out.println(each + " bytes of heap for each of " + 100 * SLOW_CONNECTIONS + " requests that wait for a reader");
        } finally {
            for (FrameClient client : clients) {
                client.close();
            }
        }
    }

    private static long used() {
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }
}
