package dev.loomgate.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

import dev.loomgate.guard.Guard;
import dev.loomgate.guard.GuardSettings;
import dev.loomgate.guard.Reason;
import dev.loomgate.http1.Http1Settings;
import dev.loomgate.testing.Bystander;
import dev.loomgate.testing.RawClient;
import dev.loomgate.testing.TestServer;
import io.helidon.webserver.http.HttpRouting;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Whose connections are closed to make room, and whose are not, where it is not the one listener or the one limit alone. */
class RoomTest {
    private static final String REQUEST = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";

    private final List<TestServer> servers = new ArrayList<>();
    private final List<RawClient> clients = new ArrayList<>();
    private final Neighbours neighbours = new Neighbours();
    private final AtomicInteger spinning = new AtomicInteger();
    private final CountDownLatch begin = new CountDownLatch(1);
    private Guard guard;
    private volatile boolean busy = true;

    private TestServer start(ListenerSettings settings) {
        TestServer server = TestServer.start(HttpRouting.builder()
                .get("/spin", (request, response) -> {
                    spinning.incrementAndGet();
                    begin.await();
                    spinning.incrementAndGet();
                    while (busy) {
                        Thread.onSpinWait();
                    }
                    response.send();
                })
                .get((request, response) -> response.send("x")), settings, guard, Http1Settings.DEFAULT, List.of());
        servers.add(server);
        return server;
    }

    @AfterEach
    void stop() throws IOException {
        busy = false;
        begin.countDown();
        for (RawClient client : clients) {
            client.close();
        }
        servers.forEach(TestServer::close);
        guard.close();
    }

    private RawClient connect(String address, TestServer server) throws IOException {
        RawClient client = RawClient.connectFrom(address, server.port());
        clients.add(client);
        return client;
    }

    private static boolean isServed(RawClient client) throws IOException {
        return client.send(REQUEST).readResponse().status() == 200;
    }

    @Test
    void thereIsRoomForClientsOfOneListenerThoughAnotherIsFull() throws Exception {
        guard = Guard.open(GuardSettings.builder().maxConnections(40).build());
        TestServer full = start(ListenerSettings.local(0).withNeighbours(neighbours));
        TestServer other = start(ListenerSettings.local(0).withNeighbours(neighbours));
        for (int i = 0; i < 40; i++) {
            connect("127.0.0.2", full);
        }
        await().until(() -> guard.connectionCount() == 40);
        try (Bystander bystander = Bystander.start("127.0.0.3", other.port())) {
            bystander.waits(50);
        }
        assertThat(guard.rejections().count(Reason.CONNECTIONS)).isZero();
    }

    @Test
    void nobodyIsClosedForAClientThatHasAsManyAsItMay() throws Exception {
        guard = Guard.open(GuardSettings.builder().maxConnections(20).maxConnectionsPerAddress(10).build());
        TestServer server = start(ListenerSettings.local(0));
        var others = new ArrayList<RawClient>();
        for (int i = 0; i < 10; i++) {
            others.add(connect("127.0.0.1" + i, server));
            connect("127.0.0.2", server);
        }
        // so that those that have sent nothing might be closed
        await().pollDelay(Duration.ofMillis(1_500)).until(() -> guard.connectionCount() == 20);
        for (int i = 0; i < 20; i++) {
            assertThat(connect("127.0.0.2", server).isClosedByServer()).isTrue();
        }
        for (RawClient other : others) {
            assertThat(isServed(other)).isTrue();
        }
        await().untilAsserted(() -> assertThat(guard.rejections().count(Reason.CONNECTIONS_OF_ADDRESS)).isEqualTo(20));
        assertThat(guard.rejections().count(Reason.ROOM_NEEDED)).isZero();
    }

    /** Its thread has had no processor since, as all are busy. */
    @Test
    void aRequestThatCameInTimeKeepsItsConnection() throws Exception {
        guard = Guard.open(GuardSettings.builder().build());
        TestServer server = start(new ListenerSettings("test", "127.0.0.1", 0, 100, ThreadModel.virtual(),
                new TransportLimits(Duration.ofSeconds(6), Duration.ofMinutes(1))));
        int carriers = Runtime.getRuntime().availableProcessors();
        for (int i = 0; i < carriers; i++) {
            connect("127.0.0.2", server).send("GET /spin HTTP/1.1\r\nHost: h\r\n\r\n");
        }
        await().until(() -> spinning.get() == carriers);
        RawClient client = connect("127.0.0.3", server);
        assertThat(isServed(client)).isTrue();
        assertThat(isServed(connect("127.0.0.4", server))).isTrue();
        // from here to the request is much less than the idle time
        begin.countDown();
        await().until(() -> spinning.get() == 2 * carriers);
        client.send(REQUEST);
        // the other one, which said nothing any more
        await().until(() -> guard.rejections().count(Reason.IDLE) > 0);
        busy = false;
        assertThat(client.readResponse().status()).isEqualTo(200);
        assertThat(guard.rejections().count(Reason.IDLE)).isEqualTo(1);
    }
}
