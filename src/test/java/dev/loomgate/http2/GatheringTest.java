package dev.loomgate.http2;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

import dev.loomgate.testing.TestServer;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Answers of requests that came together leave together. Handlers say whether their client had anything to read when they ran; all
 * but one processor are busy, so that they run one after the other.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class GatheringTest {

    private final TestServer server = Http2Server.start(HttpRouting.builder().get("/", this::tell));
    private FrameClient client;
    private final Semaphore asked = new Semaphore(0);
    private int next = 1;
    private volatile boolean over;

    private void tell(ServerRequest request, ServerResponse response) throws IOException {
        int had = client.socket().getInputStream().available();
        asked.release();
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(request.query().first("ms").map(Long::valueOf).orElse(0L));
        while (System.nanoTime() < end) {
            Thread.onSpinWait();
        }
        response.send(Integer.toString(had) + " ".repeat(request.query().first("more").map(Integer::valueOf).orElse(0)));
    }

    @BeforeEach
    @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void occupyAllProcessorsButOne() throws Exception {
        int processors = Integer.getInteger("jdk.virtualThreadScheduler.parallelism", Runtime.getRuntime().availableProcessors());
        var busy = new CountDownLatch(processors - 1);
        for (int i = 1; i < processors; i++) {
            Thread.ofVirtual().start(() -> {
                busy.countDown();
                while (!over) {
                    Thread.onSpinWait();
                }
            });
        }
        assertThat(busy.await(20, TimeUnit.SECONDS)).as("processors for this test").isTrue();
        client = FrameClient.connect(server.port());
    }

    @AfterEach
    @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void stop() throws IOException {
        over = true;
        client.close();
        server.close();
    }

    /** Sends requests at once; returns how many bytes each of them found to be there for the client, in their order. */
    private List<Integer> burst(String... queries) throws Exception {
        int first = next;
        send(queries);
        List<Integer> found = new ArrayList<>();
        for (int stream = first; stream < next; stream += 2) {
            found.add(Integer.valueOf(client.readResponse(stream).text().strip()));
        }
        return found;
    }

    private void send(String... queries) throws Exception {
        var requests = new ByteArrayOutputStream();
        for (String query : queries) {
            requests.writeBytes(FrameClient.bytes(Frame.HEADERS, Frame.END_HEADERS | Frame.END_STREAM, next,
                    FrameClient.request("GET", "/?" + query)));
            next += 2;
        }
        client.send(requests.toByteArray());
        // what has come stays to be seen until then
        assertThat(asked.tryAcquire(queries.length, 20, TimeUnit.SECONDS)).as("requests were served").isTrue();
    }

    private void prove() throws Exception {
        for (int i = 0; i < Pace.PROVEN; i += 50) {
            burst(plain(50));
        }
    }

    /** Asks time and again, until all of the first have had to wait: if the machine is busy, brief requests look like long ones. */
    private List<Integer> awaitGathered(int firstOnes, String... queries) throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        List<Integer> found;
        do {
            prove();
            found = burst(queries);
            assertThat(found.subList(firstOnes, found.size())).as("behind those that may wait").doesNotContain(0);
        } while (found.subList(0, firstOnes).stream().anyMatch(had -> had > 0) && System.nanoTime() < end);
        return found.subList(0, firstOnes);
    }

    private static String[] plain(int count) {
        String[] queries = new String[count];
        Arrays.fill(queries, "");
        return queries;
    }

    @Test
    void leaveTogetherOnceManyWereBrief() throws Exception {
        List<Integer> early = burst(plain(8));
        assertThat(early).startsWith(0);
        assertThat(early.subList(1, 8)).as("new connections").doesNotContain(0);
        assertThat(awaitGathered(8, plain(8))).containsOnly(0);
    }

    @Test
    void doNotWaitWhereOneTookLongLately() throws Exception {
        prove();
        burst("ms=30");
        for (int i = 0; i < 3; i++) {
            assertThat(burst(plain(8)).subList(1, 8)).doesNotContain(0);
        }
    }

    @Test
    void doNotWaitForMoreThanOneThatComputes() throws Exception {
        assertThat(awaitGathered(3, "", "", "ms=5", "")).containsOnly(0);
    }

    @Test
    void gatherAnewBehindOneThatComputed() throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        List<Integer> found;
        do {
            prove();
            found = burst("", "ms=5", "", "", "");
        } while (!found.get(4).equals(found.get(2)) && System.nanoTime() < end);
        assertThat(found.get(4)).isEqualTo(found.get(2)).isPositive();
    }

    @Test
    void doNotWaitForMoreThanABufferTakes() throws Exception {
        assertThat(awaitGathered(3, "more=3000", "more=3000", "more=3000", "")).containsOnly(0);
    }

    /** More than the system takes is on its way to one client; what is short comes behind. */
    @Test
    void aClientThatDoesNotReadHoldsUpNoOtherAndLosesNothing() throws Exception {
        prove();
        client.frame(Frame.SETTINGS, 0, 0, new byte[] {0, 4}, FrameClient.integer(1 << 20));
        client.frame(Frame.WINDOW_UPDATE, 0, 0, FrameClient.integer(1 << 30));
        String[] queries = plain(98);
        Arrays.fill(queries, 0, 90, "more=200000");
        int first = next;
        send(queries);
        try (FrameClient other = FrameClient.connect(server.port())) {
            assertThat(other.get(1, "/").readResponse(1).status()).isEqualTo(200);
        }
        for (int i = 0; i < queries.length; i++) {
            String text = client.readResponse(first + 2 * i).text();
            assertThat(text).hasSize(text.strip().length() + (i < 90 ? 200_000 : 0));
        }
    }
}
