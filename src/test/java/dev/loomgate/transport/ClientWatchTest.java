package dev.loomgate.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.hamcrest.Matchers.is;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;

import dev.loomgate.http1.Http1Settings;
import dev.loomgate.testing.ConcurrentClass;
import dev.loomgate.testing.RawClient;
import dev.loomgate.testing.TestServer;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Handlers that want to know when their client goes. */
@ConcurrentClass
class ClientWatchTest {
    private final AtomicInteger gone = new AtomicInteger();
    private final Semaphore watching = new Semaphore(0);
    private final CountDownLatch finish = new CountDownLatch(1);
    private final LinkedBlockingQueue<Thread> actionThreads = new LinkedBlockingQueue<>();
    private TestServer server = start(ThreadModel.virtual());

    private TestServer start(ThreadModel model) {
        return TestServer.start(HttpRouting.builder()
                .any("/until-gone", this::waitUntilGone)
                .any("/until-finish", (request, response) -> {
                    try (var watch = ((ClientWatch) request).onClientGone(gone::incrementAndGet)) {
                        watching.release();
                        finish.await();
                    }
                    response.send("finished");
                })
                .get("/watch/{millis}", (request, response) -> {
                    try (var watch = ((ClientWatch) request).onClientGone(gone::incrementAndGet)) {
                        Thread.sleep(Long.parseLong(request.path().pathParameters().get("millis")));
                    }
                    response.send("watched " + request.query().get("n"));
                })
                .get("/leave-open", (request, response) -> {
                    ((ClientWatch) request).onClientGone(gone::incrementAndGet);
                    Thread.sleep(Long.parseLong(request.query().get("millis")));
                    response.send("left open");
                })
                .get("/twice", (request, response) -> {
                    try (var watch = ((ClientWatch) request).onClientGone(gone::incrementAndGet)) {
                        assertThatThrownBy(() -> ((ClientWatch) request).onClientGone(gone::incrementAndGet))
                                .isInstanceOf(IllegalStateException.class);
                    }
                    ((ClientWatch) request).onClientGone(gone::incrementAndGet).close();
                    response.send("once");
                })
                .any((request, response) -> response.send(request.content().hasEntity()
                        ? request.content().as(String.class) : "plain")),
                new ListenerSettings("test", "127.0.0.1", 0, 100, model, TransportLimits.DEFAULT), Http1Settings.DEFAULT,
                List.of());
    }

    private void waitUntilGone(ServerRequest request, ServerResponse response) throws Exception {
        if (request.content().hasEntity()) {
            request.content().consume();
        }
        var noticed = new CountDownLatch(1);
        try (var watch = ((ClientWatch) request).onClientGone(() -> {
            actionThreads.add(Thread.currentThread());
            gone.incrementAndGet();
            noticed.countDown();
        })) {
            watching.release();
            noticed.await();
            assertThat(Thread.currentThread()).isNotIn(actionThreads);
        }
        response.send("too late");
    }

    @AfterEach
    void stop() {
        finish.countDown();
        server.close();
    }

    private RawClient ask(String path) throws IOException {
        return RawClient.connect(server.port()).send(get(path));
    }

    private static String get(String path) {
        return "GET " + path + " HTTP/1.1\r\nHost: h\r\n\r\n";
    }

    private void awaitGone(int count) {
        Awaitility.await().untilAtomic(gone, is(count));
    }

    enum Going { CLOSE, HALF_CLOSE, RESET }

    @ParameterizedTest
    @EnumSource
    void tellsThatAClientHasGone(Going how) throws Exception {
        try (RawClient client = ask("/until-gone")) {
            watching.acquire();
            leave(client, how);
            awaitGone(1);
        }
    }

    private static void leave(RawClient client, Going how) throws IOException {
        switch (how) {
            case CLOSE -> client.close();
            case HALF_CLOSE -> client.shutdownOutput();
            case RESET -> {
                client.socket().setSoLinger(true, 0);
                client.close();
            }
        }
    }

    static List<ThreadModel> models() {
        return List.of(ThreadModel.virtual(), ThreadModel.platform(2));
    }

    @ParameterizedTest
    @MethodSource("models")
    void tellsIfTheClientGoesLongAfterTheWatchHasBegun(ThreadModel model) throws Exception {
        server.close();
        server = start(model);
        try (RawClient client = ask("/until-gone")) {
            watching.acquire();
            Awaitility.await().during(Duration.ofMillis(700)).until(() -> gone.get() == 0);
            client.close();
            awaitGone(1);
        }
    }

    @Test
    void tellsIfTheClientGoesBehindABody() throws Exception {
        try (RawClient client = RawClient.connect(server.port())
                .send("POST /until-gone HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n")) {
            watching.acquire();
            client.close();
            awaitGone(1);
        }
    }

    @Test
    void tellsNothingIfTheWatchEndsFirst() throws Exception {
        try (RawClient client = ask("/watch/0?n=1")) {
            assertThat(client.readResponse().body()).isEqualTo("watched 1");
        }
        try (RawClient client = ask("/watch/1200?n=2")) {
            assertThat(client.readResponse().body()).isEqualTo("watched 2");
        }
        Awaitility.await().until(() -> server.listener().connectionCount() == 0);
        assertThat(gone).hasValue(0);
    }

    @Test
    void losesNothingOfTheRequestsThatFollow() throws Exception {
        try (RawClient client = ask("/watch/1000?n=1")) {
            // once before and once after the watch has begun to read; each longer than it reads at once
            String long1 = "POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 2000\r\n\r\n" + "a".repeat(2000);
            String long2 = "POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 2000\r\n\r\n" + "b".repeat(2000);
            client.send(long1);
            Thread.sleep(700);
            client.send(long2).send(get("/watch/700?n=2")).send(get("/plain"));
            assertThat(client.readResponse().body()).isEqualTo("watched 1");
            assertThat(client.readResponse().body()).isEqualTo("a".repeat(2000));
            assertThat(client.readResponse().body()).isEqualTo("b".repeat(2000));
            assertThat(client.readResponse().body()).isEqualTo("watched 2");
            assertThat(client.readResponse().body()).isEqualTo("plain");
            for (int i = 0; i < 3; i++) {
                client.send(get("/watch/600?n=" + i));
                assertThat(client.readResponse().body()).isEqualTo("watched " + i);
                client.send(get("/plain"));
                assertThat(client.readResponse().body()).isEqualTo("plain");
            }
        }
        assertThat(gone).hasValue(0);
    }

    @Test
    void tellsOfAClientThatWentWhenAnEarlierWatchWasOpen() throws Exception {
        // in one packet: the second request is read with the first, and the end of input by the watch of the first
        try (RawClient client = RawClient.connect(server.port()).send(get("/until-finish") + get("/until-gone"))) {
            watching.acquire();
            client.shutdownOutput();
            awaitGone(1);
            finish.countDown();
            assertThat(client.readResponse().body()).isEqualTo("finished");
            awaitGone(2);
            assertThat(client.readResponse().body()).isEqualTo("too late");
        }
    }

    @Test
    void endsAWatchThatAHandlerLeftOpen() throws Exception {
        for (int millis : new int[] {0, 700}) {
            try (RawClient client = ask("/leave-open?millis=" + millis)) {
                assertThat(client.readResponse().body()).isEqualTo("left open");
                client.send("POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 2000\r\n\r\n" + "a".repeat(1000));
                client.send("b".repeat(1000));
                assertThat(client.readResponse().body()).isEqualTo("a".repeat(1000) + "b".repeat(1000));
                client.send(get("/leave-open?millis=0"));
                assertThat(client.readResponse().body()).isEqualTo("left open");
                // a sweep would begin a watch that is still open
                Thread.sleep(700);
            }
        }
        Awaitility.await().until(() -> server.listener().connectionCount() == 0);
        Awaitility.await().during(Duration.ofMillis(200)).until(() -> gone.get() == 0);
    }

    @Test
    void allowsOneWatchAtATime() throws Exception {
        try (RawClient client = ask("/twice")) {
            assertThat(client.readResponse().body()).isEqualTo("once");
        }
    }
}
