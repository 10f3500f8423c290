package dev.loomgate.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.ref.Reference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

import dev.loomgate.guard.Guard;
import dev.loomgate.guard.GuardSettings;
import dev.loomgate.guard.Network;
import dev.loomgate.guard.Reason;
import dev.loomgate.guard.Watermark;
import dev.loomgate.http1.Http1Settings;
import dev.loomgate.testing.Bystander;
import dev.loomgate.testing.HeapUse;
import dev.loomgate.testing.LogCapture;
import dev.loomgate.testing.RawClient;
import dev.loomgate.testing.TestServer;
import io.helidon.webserver.http.HttpRouting;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Who is let in and who is not, and that those who are notice nothing of those who are not. */
class AdmissionTest {
    /** What is free of ten thousand is told. */
    private static final String MEMORY = "MemTotal: 10000 kB\nMemAvailable: %s kB\n";
    private static final String SWAP = "SwapTotal: 10000 kB\nSwapFree: %s kB\n";
    private static final String REQUEST = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";

    private final List<RawClient> crowd = new ArrayList<>();
    private Guard guard;
    private TestServer server;
    private volatile boolean spinning = true;

    private void start(GuardSettings.Builder settings) {
        guard = Guard.open(settings.sampleEvery(Duration.ofMillis(20)).build());
        HttpRouting.Builder routes = HttpRouting.builder()
                .get("/spin", (request, response) -> {
                    while (spinning) {
                        Thread.onSpinWait();
                    }
                    response.send();
                })
                .get((request, response) -> response.send("x"));
        server = TestServer.start(routes,
                ListenerSettings.local(0), guard, Http1Settings.DEFAULT, List.of());
    }

    @AfterEach
    void stop() throws IOException {
        spinning = false;
        for (RawClient client : crowd) {
            client.close();
        }
        server.close();
        guard.close();
    }

    private RawClient connect(String address) throws IOException {
        RawClient client = RawClient.connectFrom(address, server.port());
        crowd.add(client);
        return client;
    }

    /** A connection that is let in, as an answer shows. */
    private RawClient served(String address) throws IOException {
        RawClient client = connect(address).send(REQUEST);
        assertThat(client.readResponse().status()).isEqualTo(200);
        return client;
    }

    private static boolean isRefused(RawClient client) throws IOException {
        return client.isClosedByServer();
    }

    @Test
    void closesConnectionsAboveTheMaximumAtOnce() throws IOException {
        start(GuardSettings.builder().maxConnections(5));
        var inside = new ArrayList<RawClient>();
        for (int i = 0; i < 5; i++) {
            // one each: nobody has more than his share
            inside.add(served("127.0.0.1" + i));
        }
        for (int i = 0; i < 20; i++) {
            assertThat(isRefused(connect("127.0.0.3"))).isTrue();
            assertThat(inside.get(i % 5).send(REQUEST).readResponse().status()).isEqualTo(200);
        }
        Awaitility.await().untilAsserted(() -> assertThat(guard.rejections().count(Reason.CONNECTIONS)).isEqualTo(20));
        assertThat(guard.connectionCount()).isEqualTo(5);

        for (RawClient client : crowd) {
            client.close();
        }
        Awaitility.await().until(() -> guard.connectionCount() == 0);
        served("127.0.0.3");
    }

    @Test
    void answers503WithRetryAfterAboveTheMaximumIfToldSo() throws Exception {
        start(GuardSettings.builder().maxConnections(2).answerWhenFull(Duration.ofSeconds(7)));
        RawClient first = served("127.0.0.2");
        served("127.0.0.4");
        for (int i = 0; i < 50; i++) {
            try (RawClient client = RawClient.connectFrom("127.0.0.3", server.port())) {
                // later than the answer: it must not be overtaken by a reset
                Thread.yield();
                RawClient.Response response = client.send(REQUEST).readResponse();
                assertThat(response.status()).isEqualTo(503);
                assertThat(response.header("Retry-After")).contains("7");
                assertThat(client.isClosedByServer()).isTrue();
            }
        }
        Awaitility.await().untilAsserted(() -> assertThat(guard.rejections().count(Reason.CONNECTIONS)).isEqualTo(50));
        assertThat(first.send(REQUEST).readResponse().status()).isEqualTo(200);
    }

    @Test
    void dropsThoseThatSentNothingFirstAndTheOldestOfThemBeforeTheOthers() throws Exception {
        start(GuardSettings.builder().maxConnections(40));
        RawClient kept = served("127.0.0.1");
        long begun = System.nanoTime();
        var silent = new ArrayList<RawClient>();
        for (int i = 0; i < 39; i++) {
            if (i == 38) {
                // the clock by which their ages are told is coarse
                Awaitility.await().pollDelay(Duration.ofMillis(500)).until(() -> guard.connectionCount() == 39);
            }
            silent.add(connect("127.0.0.2"));
        }
        Awaitility.await().until(() -> guard.connectionCount() == 40);
        served("127.0.0.3");
        boolean quick = System.nanoTime() - begun < Duration.ofMillis(700).toNanos();
        // room is made before the newcomer is served; on a slow machine some have been silent for a second by now, and those go
        long dropped = guard.rejections().count(Reason.ROOM_NEEDED);
        if (quick) {
            // 40 connections for three addresses: 13 are left
            assertThat(dropped).isEqualTo(26);
        }
        assertThat(dropped).isBetween(1L, 32L);
        // the others have all the same age, as far as the server can tell
        long closed = silent.stream().limit(38).filter(client -> !answers(sent(client))).count();
        assertThat(closed).isEqualTo(dropped);
        assertThat(kept.send(REQUEST).readResponse().status()).isEqualTo(200);
        assertThat(silent.getLast().send(REQUEST).readResponse().status()).isEqualTo(200);
    }

    @Test
    void dropsHeadersThatDoNotEndWhenThereIsNoRoom() throws Exception {
        start(GuardSettings.builder().maxConnections(40));
        try (Bystander bystander = Bystander.start("127.0.0.1", server.port())) {
            // more than there is room for: one that comes while the bystander has two connections is turned away
            for (int i = 0; i < 45; i++) {
                RawClient client = connect("127.0.0.2");
                try {
                    client.send("GET / HTTP/1.1\r\nX: ");
                } catch (IOException e) {
                    // it has been turned away
                }
            }
            bystander.reset();
            // the bystander's next connection has no place at first, and those that trickle have one for two seconds
            Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> guard.rejections().count(Reason.ROOM_NEEDED) > 0);
            // long before the time for a header would have ended them
            assertThat(guard.rejections().count(Reason.SLOW_REQUEST)).isZero();
            int errors = bystander.errors().size();
            Awaitility.await().until(() -> bystander.answers() > 100);
            assertThat(bystander.errors()).hasSize(errors);
        }
    }

    @Test
    void dropsThoseThatHaveBeenRefusedAndDoNotLeave() throws Exception {
        start(GuardSettings.builder().maxConnections(20));
        var told = new AtomicInteger();
        // who says nothing more is closed after two seconds: on a machine that is slow, others take their places
        Awaitility.await().until(() -> {
            while (guard.connectionCount() < 20) {
                RawClient client = connect("127.0.0.2").send("this is not HTTP\r\n\r\n");
                assertThat(client.readResponse().status()).isEqualTo(400);
                told.incrementAndGet();
            }
            try (RawClient client = RawClient.connectFrom("127.0.0.3", server.port())) {
                return answers(sent(client)) && guard.rejections().count(Reason.ROOM_NEEDED) > 0;
            }
        });
        Awaitility.await().untilAsserted(() -> assertThat(guard.rejections().count(Reason.MALFORMED)).isEqualTo(told.get()));
    }

    @Test
    void makesRoomForAClientThatHasLessThanItsShare() throws Exception {
        start(GuardSettings.builder().maxConnections(40));
        RawClient small = served("127.0.0.4");
        for (int i = 0; i < 39; i++) {
            // in use a moment ago: nobody would be closed for being idle
            served("127.0.0.2");
        }
        assertThat(isRefused(connect("127.0.0.2"))).as("one more of the client that has most").isTrue();
        served("127.0.0.3");
        Awaitility.await().untilAsserted(() -> assertThat(guard.rejections().count(Reason.ROOM_NEEDED)).isBetween(1L, 32L));
        assertThat(small.send(REQUEST).readResponse().status()).isEqualTo(200);
    }

    @Test
    void sharesOutOnlyWhatExemptNetworksLeave() throws Exception {
        start(GuardSettings.builder().maxConnections(20).exempt(List.of(Network.parse("127.0.2.0/24"))));
        for (int i = 0; i < 16; i++) {
            served("127.0.2.9");
        }
        for (int i = 0; i < 4; i++) {
            served("127.0.0.2");
        }
        assertThat(isRefused(connect("127.0.0.2"))).isTrue();
        // at once: that nothing could be done for the other is nothing to this one
        served("127.0.0.3");
    }

    @Test
    void leavesEachAddressItsShare() throws Exception {
        start(GuardSettings.builder().maxConnections(10));
        for (int i = 0; i < 5; i++) {
            served("127.0.0.2");
        }
        for (int i = 0; i < 4; i++) {
            served("127.0.0.3");
        }
        RawClient only = served("127.0.0.4");
        // of ten connections and four addresses: two each
        RawClient newcomer = served("127.0.0.5");
        assertThat(guard.rejections().count(Reason.ROOM_NEEDED)).isEqualTo(5);
        assertThat(only.send(REQUEST).readResponse().status()).isEqualTo(200);
        assertThat(newcomer.send(REQUEST).readResponse().status()).isEqualTo(200);
        assertThat(crowd.stream().filter(client -> answers(sent(client))).count()).as("connections that are left").isEqualTo(6);
    }

    @Test
    void dropsHeadersAlsoIfAConnectionThatWasSilentForLongHasJustSentSomething() throws Exception {
        int carriers = Runtime.getRuntime().availableProcessors();
        start(GuardSettings.builder().maxConnections(carriers + 2));
        connect("127.0.0.2").send("GET / HTTP/1.1\r\nX: ");
        RawClient late = connect("127.0.0.3");
        Awaitility.await().until(() -> server.listener().connectionStates().get("header") == 1 && server.listener().connectionStates().get("new") == 1);
        for (int i = 0; i < carriers; i++) {
            connect("127.0.1." + i).send("GET /spin HTTP/1.1\r\nHost: h\r\n\r\n");
        }
        Awaitility.await().until(() -> server.listener().connectionStates().get("working") == carriers);
        // no thread comes to read that
        late.send(REQUEST);
        // a header has two seconds
        Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> {
            sent(connect("127.0.0.4"));
            return guard.rejections().count(Reason.ROOM_NEEDED) > 0;
        });
        spinning = false;
        assertThat(late.readResponse().status()).isEqualTo(200);
    }

    @Test
    void makesRoomAmongThoseWhoseThreadsHaveNotCome() throws Exception {
        start(GuardSettings.builder().maxConnections(40));
        int carriers = Runtime.getRuntime().availableProcessors();
        for (int i = 0; i < carriers; i++) {
            connect("127.0.0.2").send("GET /spin HTTP/1.1\r\nHost: h\r\n\r\n");
        }
        for (int i = carriers; i < 40; i++) {
            connect("127.0.0.2").send("GET / HTTP/1.1\r\nX: ");
        }
        Awaitility.await().until(() -> guard.connectionCount() == 40);
        RawClient client = connect("127.0.0.3").send(REQUEST);
        Awaitility.await().until(() -> guard.rejections().count(Reason.ROOM_NEEDED) + guard.rejections().count(Reason.CONNECTIONS) > 0);
        spinning = false;
        assertThat(client.readResponse().status()).isEqualTo(200);
        assertThat(guard.rejections().count(Reason.CONNECTIONS)).isZero();
    }

    private static RawClient sent(RawClient client) {
        try {
            return client.send(REQUEST);
        } catch (IOException closed) {
            return client;
        }
    }

    private static boolean answers(RawClient client) {
        try {
            return client.readResponse().status() == 200;
        } catch (IOException e) {
            return false;
        }
    }

    @Test
    void holdsAFloodOfOneAddressWithoutHarmToAnother() throws Exception {
        start(GuardSettings.builder().maxConnections(1_000).maxConnectionsPerAddress(10));
        try (Bystander bystander = Bystander.start("127.0.0.1", server.port())) {
            for (int i = 0; i < 10; i++) {
                served("127.0.0.2");
            }
            for (int i = 0; i < 300; i++) {
                assertThat(isRefused(connect("127.0.0.2"))).isTrue();
            }
            assertThat(served("127.0.0.3")).isNotNull();
            Awaitility.await().until(() -> bystander.answers() > 50);
            assertThat(bystander.errors()).isEmpty();
        }
        Awaitility.await().untilAsserted(() -> assertThat(guard.rejections().count(Reason.CONNECTIONS_OF_ADDRESS)).isEqualTo(300));
    }

    @Test
    void doesNotCountConnectionsOfExemptNetworks() throws Exception {
        start(GuardSettings.builder().maxConnectionsPerAddress(1).exempt(List.of(Network.parse("127.0.2.0/24"))));
        for (int i = 0; i < 5; i++) {
            served("127.0.2.9");
        }
        served("127.0.0.2");
        assertThat(isRefused(connect("127.0.0.2"))).isTrue();
    }

    @Test
    void letsOnlyAllowedAddressesInAndNoneThatIsDenied(@TempDir Path directory) throws Exception {
        Path file = Files.writeString(directory.resolve("deny"), "127.0.0.2 # for now\n");
        start(GuardSettings.builder().allow(List.of(Network.parse("127.0.0.0/24")), List.of()).deny(List.of(), List.of(file)));
        try (Bystander bystander = Bystander.start("127.0.0.1", server.port())) {
            assertThat(isRefused(connect("127.0.0.2"))).isTrue();
            assertThat(isRefused(connect("127.0.1.1"))).isTrue();
            served("127.0.0.3");

            // at once: half a file would be another list
            Path whole = Files.writeString(directory.resolve("whole"), "127.0.0.3\n127.0.0.4\n");
            Files.move(whole, file, StandardCopyOption.ATOMIC_MOVE);
            Awaitility.await().until(() -> {
                try (RawClient client = RawClient.connectFrom("127.0.0.2", server.port())) {
                    return answers(client.send(REQUEST));
                }
            });
            assertThat(isRefused(connect("127.0.0.3"))).isTrue();
            assertThat(bystander.errors()).isEmpty();
        }
        Awaitility.await().untilAsserted(() -> assertThat(guard.rejections().count(Reason.ADDRESS)).isGreaterThanOrEqualTo(3));
    }

    @Test
    void stopsWhenTheHeapIsFullAndGoesOnWhenItIsNot() throws Exception {
        double before = HeapUse.percentAfterCollection();
        start(GuardSettings.builder().stop(Reason.HEAP, new Watermark(before + 2, before + 1))
                .answerWhenFull(Duration.ofSeconds(3)));
        RawClient inside = served("127.0.0.2");
        var kept = new ArrayList<byte[]>();
        // what others leave behind may go at the same time
        for (int percent = 0; HeapUse.percentAfterCollection() <= before + 2.5; percent++) {
            assertThat(percent).as("percent of the heap").isLessThan(20);
            for (long bytes = Runtime.getRuntime().maxMemory() / 100; bytes > 0; bytes -= 1 << 20) {
                kept.add(new byte[1 << 20]);
            }
        }
        awaitStatus(503);
        assertThat(inside.send(REQUEST).readResponse().status()).isEqualTo(200);
        Awaitility.await().untilAsserted(() -> assertThat(guard.rejections().count(Reason.HEAP)).isPositive());

        Reference.reachabilityFence(kept);
        kept.clear();
        // nobody else collects: the guard must do so itself, since what it keeps out can't cause a collection
        Awaitility.await().atMost(Duration.ofSeconds(40)).until(() -> status() == 200);
    }

    /**
     * A measure of the machine, as Linux tells it in a file.
     *
     * @param file below /proc
     * @param text its content, with a place for the value
     */
    private record Told(Reason measure, String file, String text) {
        void tell(Path proc, double value) throws IOException {
            Path whole = proc.resolve(file);
            Files.createDirectories(whole.getParent());
            // at once, as Linux does: half a file would be another value
            Object shown = file.equals("meminfo") ? Long.valueOf(10_000 - (long) (100 * value)) : Double.valueOf(value);
            Path half = Files.writeString(proc.resolve("half"), text.formatted(shown));
            Files.move(half, whole, StandardCopyOption.ATOMIC_MOVE);
        }

        @Override
        public String toString() {
            return measure.label();
        }
    }

    static List<Told> measures() {
        return List.of(new Told(Reason.LOAD, "loadavg", "%s 1.00 0.50 1/100 4711\n"),
                new Told(Reason.CPU_PRESSURE, "pressure/cpu", "some avg10=%s avg60=0.00 avg300=0.00 total=1\n"),
                new Told(Reason.MEMORY_PRESSURE, "pressure/memory", "some avg10=%s avg60=0.00 avg300=0.00 total=1\n"),
                new Told(Reason.IO_PRESSURE, "pressure/io", "some avg10=%s avg60=0.00 avg300=0.00 total=1\n"),
                new Told(Reason.MEMORY, "meminfo", MEMORY), new Told(Reason.SWAP, "meminfo", SWAP));
    }

    @ParameterizedTest
    @MethodSource("measures")
    void stopsAtTheUpperLevelOfAMeasureAndGoesOnBelowTheLower(Told told, @TempDir Path proc) throws Exception {
        told.tell(proc, 3);
        start(GuardSettings.builder().machine(proc, proc).stop(told.measure(), new Watermark(4, 2))
                .answerWhenFull(Duration.ofSeconds(3)));
        RawClient inside = served("127.0.0.2");
        told.tell(proc, 4.01);
        awaitStatus(503);
        // who is inside goes on as before
        long slowest = 0;
        for (int i = 0; i < 200; i++) {
            long begun = System.nanoTime();
            assertThat(inside.send(REQUEST).readResponse().status()).isEqualTo(200);
            slowest = Math.max(slowest, System.nanoTime() - begun);
        }
        assertThat(Duration.ofNanos(slowest)).isLessThan(Duration.ofSeconds(10));
        told.tell(proc, 3);
        // between the levels nothing changes: time enough for some samples to be taken
        Awaitility.await().during(Duration.ofMillis(200)).until(() -> status() == 503);
        told.tell(proc, 1.99);
        awaitStatus(200);
        Awaitility.await().untilAsserted(() -> assertThat(guard.rejections().count(told.measure())).isPositive());
    }

    private int status() throws IOException {
        try (RawClient client = RawClient.connectFrom("127.0.0.2", server.port())) {
            return client.send(REQUEST).readResponse().status();
        }
    }

    private void awaitStatus(int status) {
        Awaitility.await().until(() -> status() == status);
    }

    @Test
    void logsAnAttackInOneLineAndCountsAllOfIt() throws Exception {
        try (LogCapture log = LogCapture.of("dev.loomgate.guard")) {
            start(GuardSettings.builder().deny(List.of(Network.parse("127.0.0.2")), List.of()));
            for (int i = 0; i < 100; i++) {
                assertThat(isRefused(connect("127.0.0.2"))).isTrue();
            }
            assertThat(log.lines()).containsExactly(
                    "WARN clients turned away: address not allowed reason=address count=1 latest=127.0.0.2");
            Awaitility.await().untilAsserted(() -> assertThat(guard.rejections().count(Reason.ADDRESS)).isEqualTo(100));
        }
    }
}
