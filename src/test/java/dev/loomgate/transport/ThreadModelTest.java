package dev.loomgate.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;

import dev.loomgate.http1.Http1Settings;
import dev.loomgate.testing.RawClient;
import dev.loomgate.testing.TestServer;
import io.helidon.webserver.http.HttpRouting;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The same server on virtual threads and on a bounded pool of platform threads. */
class ThreadModelTest {
    private final Semaphore entered = new Semaphore(0);
    private final Semaphore leave = new Semaphore(0);
    private TestServer server;

    private void start(ThreadModel model, Duration idle) {
        server = TestServer.start(HttpRouting.builder()
                .get("/thread", (request, response) -> response.send(
                        Thread.currentThread().isVirtual() + " " + Thread.currentThread().getName()))
                .get("/wait", (request, response) -> {
                    entered.release();
                    leave.acquire();
                    response.send("done");
                }), new ListenerSettings("test", "127.0.0.1", 0, 100, model, new TransportLimits(idle, idle)),
                Http1Settings.DEFAULT, List.of());
    }

    @AfterEach
    void stop() {
        leave.release(1_000_000);
        server.close();
    }

    private RawClient ask(String path) throws IOException {
        return RawClient.connect(server.port()).send("GET " + path + " HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    }

    private List<RawClient> waiting(int count) throws IOException {
        var clients = new ArrayList<RawClient>();
        for (int i = 0; i < count; i++) {
            clients.add(ask("/wait"));
        }
        return clients;
    }

    @Test
    void runsEachConnectionOnItsVirtualThread() throws Exception {
        start(ThreadModel.virtual(), Duration.ofMinutes(1));
        try (RawClient client = ask("/thread")) {
            assertThat(client.readResponse().body()).startsWith("true");
        }
        List<RawClient> clients = waiting(500);
        entered.acquire(500);
        leave.release(500);
        for (RawClient client : clients) {
            assertThat(client.readResponse().body()).isEqualTo("done");
            client.close();
        }
    }

    @Test
    void runsAsManyConnectionsAsThePoolHasThreads() throws Exception {
        start(ThreadModel.platform(3), Duration.ofMinutes(1));
        try (RawClient client = ask("/thread")) {
            assertThat(client.readResponse().body()).startsWith("false loomgate-test-");
        }
        List<RawClient> clients = waiting(10);
        entered.acquire(3);
        Awaitility.await().until(() -> server.listener().connectionCount() == 10);
        Awaitility.await().during(Duration.ofMillis(200)).until(() -> entered.availablePermits() == 0);
        leave.release(1);
        entered.acquire(1);
        Awaitility.await().during(Duration.ofMillis(200)).until(() -> entered.availablePermits() == 0);
        leave.release(9);
        for (RawClient client : clients) {
            assertThat(client.readResponse().body()).isEqualTo("done");
            client.close();
        }
    }

    @Test
    void letsAConnectionHoldItsPoolThreadWhileItIsIdle() throws Exception {
        start(ThreadModel.platform(1), Duration.ofSeconds(5));
        try (RawClient idle = RawClient.connect(server.port()).send("GET /thread HTTP/1.1\r\nHost: h\r\n\r\n")) {
            assertThat(idle.readResponse().status()).isEqualTo(200);
            try (RawClient next = ask("/thread")) {
                next.readTimeout(Duration.ofMillis(300));
                assertThatThrownBy(next::readLine).isInstanceOf(SocketTimeoutException.class);
                next.readTimeout(Duration.ofSeconds(60));
                assertThat(next.readResponse().status()).isEqualTo(200);
            }
            assertThat(idle.isClosedByServer()).isTrue();
        }
    }

    @Test
    void refusesAPoolOfImpossibleSize() {
        start(ThreadModel.virtual(), Duration.ofMinutes(1));
        for (int size : new int[] {0, -1, 10_001}) {
            assertThatThrownBy(() -> ThreadModel.platform(size)).hasMessageContaining("1 to 10000");
        }
    }
}
