package dev.loomgate.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.net.ConnectException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

import dev.loomgate.http1.Http1Settings;
import dev.loomgate.testing.RawClient;
import dev.loomgate.testing.TestServer;
import io.helidon.webserver.http.HttpRouting;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A listener that is taken out of service while it has clients. */
class DrainTest {
    private static final Duration LONG = Duration.ofSeconds(20);

    private final Semaphore entered = new Semaphore(0);
    private final Semaphore leave = new Semaphore(0);
    private TestServer server;

    static List<ThreadModel> models() {
        return List.of(ThreadModel.virtual(), ThreadModel.platform(8));
    }

    private void start(ThreadModel model) {
        server = TestServer.start(HttpRouting.builder()
                .get("/wait", (request, response) -> {
                    entered.release();
                    leave.acquire();
                    response.send("done");
                })
                .get("/stream", (request, response) -> {
                    try (OutputStream out = response.outputStream()) {
                        out.write(new byte[10]);
                        out.flush();
                        entered.release();
                        leave.acquire();
                        out.write(new byte[10]);
                    }
                })
                .post("/body", (request, response) -> {
                    entered.release();
                    response.send(request.content().as(String.class));
                })
                .get((request, response) -> response.send("x")),
                new ListenerSettings("test", "127.0.0.1", 0, 100, model, TransportLimits.DEFAULT), Http1Settings.DEFAULT,
                List.of());
    }

    @AfterEach
    void stop() {
        leave.release(1_000);
        server.close();
    }

    private RawClient ask(String path) throws IOException {
        return RawClient.connect(server.port()).send("GET " + path + " HTTP/1.1\r\nHost: h\r\n\r\n");
    }

    private CompletableFuture<Boolean> drain(Duration limit) {
        return CompletableFuture.supplyAsync(() -> server.listener().drain(limit));
    }

    @ParameterizedTest
    @MethodSource("models")
    void letsRequestsInFlightFinishAndClosesIdleConnections(ThreadModel model) throws Exception {
        start(model);
        int port = server.port();
        try (RawClient idle = ask("/"); RawClient waiting = ask("/wait"); RawClient streaming = ask("/stream");
                RawClient sending = RawClient.connect(port)) {
            assertThat(idle.readResponse().body()).isEqualTo("x");
            sending.send("POST /body HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbo");
            entered.acquire(3);
            CompletableFuture<Boolean> drained = drain(LONG);
            assertThat(idle.isClosedByServer()).isTrue();
            assertThatThrownBy(() -> RawClient.connect(port)).isInstanceOf(ConnectException.class);
            assertThat(drained).isNotDone();
            leave.release(2);
            RawClient.Response response = waiting.readResponse();
            assertThat(response.body()).isEqualTo("done");
            assertThat(response.header("Connection")).contains("close");
            assertThat(waiting.isClosedByServer()).isTrue();
            // its header had left before
            assertThat(streaming.readResponse().body()).hasSize(20);
            sending.send("dy");
            assertThat(sending.readResponse().body()).isEqualTo("body");
            assertThat(drained.get(10, TimeUnit.SECONDS)).isTrue();
            assertThat(server.listener().connectionCount()).isZero();
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void answersARequestThatIsOnItsWayFromANewClient(ThreadModel model) throws Exception {
        // who is new has a second: where the machine took that for itself, once more
        while (!isAnsweredIfItComesInTime(model)) {
            server.close();
        }
    }

    private boolean isAnsweredIfItComesInTime(ThreadModel model) throws Exception {
        start(model);
        try (RawClient first = ask("/")) {
            assertThat(first.readResponse().body()).isEqualTo("x");
            long begun = System.nanoTime();
            try (RawClient fresh = RawClient.connect(server.port())) {
                Awaitility.await().until(() -> server.listener().connectionCount() == 2);
                CompletableFuture<Boolean> drained = drain(LONG);
                assertThat(first.isClosedByServer()).isTrue();
                fresh.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
                if (System.nanoTime() - begun > Duration.ofMillis(700).toNanos()) {
                    return false;
                }
                RawClient.Response response = fresh.readResponse();
                assertThat(response.body()).isEqualTo("x");
                assertThat(response.header("Connection")).contains("close");
                assertThat(drained.get(10, TimeUnit.SECONDS)).isTrue();
                return true;
            }
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void waitsNotForEverForANewClientThatSaysNothing(ThreadModel model) throws Exception {
        start(model);
        try (RawClient silent = RawClient.connect(server.port())) {
            Awaitility.await().until(() -> server.listener().connectionCount() == 1);
            assertThat(drain(LONG).get(10, TimeUnit.SECONDS)).isTrue();
            assertThat(silent.isClosedByServer()).isTrue();
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void breaksWhatIsNotFinishedInTime(ThreadModel model) throws Exception {
        start(model);
        try (RawClient waiting = ask("/wait")) {
            entered.acquire();
            assertThat(drain(Duration.ofMillis(300)).get(10, TimeUnit.SECONDS)).isFalse();
            assertThat(waiting.isClosedByServer()).isTrue();
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void answersAllThatWereAskedBefore(ThreadModel model) throws Exception {
        start(model);
        var clients = new ArrayList<RawClient>();
        for (int i = 0; i < 6; i++) {
            clients.add(ask("/wait"));
        }
        entered.acquire(6);
        CompletableFuture<Boolean> drained = drain(LONG);
        leave.release(6);
        for (RawClient client : clients) {
            assertThat(client.readResponse().body()).isEqualTo("done");
            client.close();
        }
        assertThat(drained.get(10, TimeUnit.SECONDS)).isTrue();
    }
}
