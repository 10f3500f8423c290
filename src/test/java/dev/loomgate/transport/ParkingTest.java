package dev.loomgate.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import com.sun.management.OperatingSystemMXBean;
import dev.loomgate.guard.Guard;
import dev.loomgate.guard.GuardSettings;
import dev.loomgate.http1.Http1Settings;
import dev.loomgate.testing.RawClient;
import dev.loomgate.testing.TestServer;
import io.helidon.webserver.http.HttpRouting;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Threads that wait for their sockets: sockets stay registered with a poller, and waiting costs nothing. */
class ParkingTest {
    private static final String REQUEST = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
    private static final Duration LOOK = Duration.ofSeconds(1);

    private final CountDownLatch released = new CountDownLatch(1);
    private final CountDownLatch held = new CountDownLatch(20);
    private final List<RawClient> clients = new ArrayList<>();
    private Guard guard;
    private TestServer server;

    @BeforeEach
    void start() {
        guard = Guard.open(GuardSettings.builder().build());
        server = TestServer.start(HttpRouting.builder()
                .get("/hold", (request, response) -> {
                    held.countDown();
                    released.await();
                    response.send("held");
                })
                .get("/", (request, response) -> response.send("x"))
                .get("/much", (request, response) -> response.send(new byte[1 << 20])),
                ListenerSettings.local(0), guard, Http1Settings.DEFAULT, List.of());
    }

    @AfterEach
    void stop() throws IOException {
        released.countDown();
        for (RawClient client : clients) {
            client.close();
        }
        server.close();
        guard.close();
    }

    private RawClient connect() throws IOException {
        RawClient client = RawClient.connect(server.port());
        clients.add(client);
        return client;
    }

    /** Their sockets stay readable while nobody reads: a poller that is told so again and again would keep a processor busy. */
    @Test
    void takesNoProcessorTimeForWhatComesWhileAHandlerIsBusy() throws Exception {
        for (int i = 0; i < 20; i++) {
            connect().send("GET /hold HTTP/1.1\r\nHost: h\r\n\r\n");
        }
        assertThat(held.await(30, TimeUnit.SECONDS)).isTrue();
        for (RawClient client : clients) {
            client.send(REQUEST.repeat(3));
        }
        assertThat(calmest()).as("processor time in " + LOOK).isLessThan(LOOK.dividedBy(2));
        released.countDown();
        for (RawClient client : clients) {
            assertThat(client.readResponse().body()).isEqualTo("held");
            for (int i = 0; i < 3; i++) {
                assertThat(client.readResponse().body()).isEqualTo("x");
            }
        }
    }

    /** The same of those that do not read what they asked for: their sockets are not writable, and for long. */
    @Test
    void takesNoProcessorTimeForThoseWhoDoNotRead() throws Exception {
        for (int i = 0; i < 20; i++) {
            connect().send("GET /much HTTP/1.1\r\nHost: h\r\n\r\n".repeat(20));
        }
        Awaitility.await().until(() -> server.listener().connectionCount() == 20);
        assertThat(calmest()).as("processor time in " + LOOK).isLessThan(LOOK.dividedBy(2));
        for (RawClient client : clients) {
            for (int i = 0; i < 20; i++) {
                assertThat(client.readResponse().body()).hasSize(1 << 20);
            }
        }
    }

    /** Closing must reach a thread that is parked, and one that comes to park at the same time. */
    @Test
    void endsEveryWaitWhenTheServerCloses() throws Exception {
        for (int i = 0; i < 50; i++) {
            RawClient client = connect().send(REQUEST);
            if (i % 2 == 0) {
                client.readResponse();
            }
        }
        server.close();
        Awaitility.await().until(() -> server.listener().connectionCount() == 0);
        for (RawClient client : clients) {
            assertThat(hasEnded(client)).isTrue();
        }
    }

    private static boolean hasEnded(RawClient client) {
        try {
            client.readToEnd();
            return true;
        } catch (SocketTimeoutException e) {
            return false;
        } catch (IOException reset) {
            return true;
        }
    }

    /** Processor time of this process in the calmest of some looks: it compiles its code at times. */
    private static Duration calmest() throws InterruptedException {
        var system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        long least = Long.MAX_VALUE;
        for (int i = 0; i < 5 && least > LOOK.toNanos() / 4; i++) {
            long before = system.getProcessCpuTime();
            // what is looked for is that nothing happens, for which there is no condition to wait for
            TimeUnit.NANOSECONDS.sleep(LOOK.toNanos());
            least = Math.min(least, system.getProcessCpuTime() - before);
        }
        return Duration.ofNanos(least);
    }
}
