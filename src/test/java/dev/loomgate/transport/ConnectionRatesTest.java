package dev.loomgate.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.SocketException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

import dev.loomgate.guard.Guard;
import dev.loomgate.guard.GuardSettings;
import dev.loomgate.guard.Network;
import dev.loomgate.guard.RateLimit;
import dev.loomgate.guard.Reason;
import dev.loomgate.http1.Http1Settings;
import dev.loomgate.testing.Bystander;
import dev.loomgate.testing.Concurrent;
import dev.loomgate.testing.RawClient;
import dev.loomgate.testing.TestServer;
import io.helidon.webserver.http.HttpRouting;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Connections that do too much in a second: slowed down above the soft level, closed above the hard one. */
@Concurrent
class ConnectionRatesTest {
    private static final String REQUEST = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
    private static final int SIZE = 300_000;
    private static final RateLimit SLOW = new RateLimit(100_000, RateLimit.NONE);
    private static final RateLimit STRICT = new RateLimit(RateLimit.NONE, 100_000);

    private Guard guard;
    private TestServer server;

    @TempDir
    private Path directory;

    static List<ThreadModel> models() {
        return List.of(ThreadModel.virtual(), ThreadModel.platform(8));
    }

    private void start(ThreadModel model, GuardSettings.Builder settings) throws IOException {
        guard = Guard.open(settings.build());
        Path file = Files.write(directory.resolve("file"), new byte[SIZE]);
        server = TestServer.start(HttpRouting.builder()
                        .get("/big", (request, response) -> response.send(new byte[SIZE]))
                        .get("/file", (request, response) -> {
                            try (FileChannel channel = FileChannel.open(file); OutputStream out = response.outputStream()) {
                                ((FileSink) out).transferFrom(channel, 0, SIZE);
                            }
                        })
                        .post((request, response) -> response.send(request.content().as(byte[].class).length + " bytes"))
                        .get((request, response) -> response.send("x")),
                new ListenerSettings("test", "127.0.0.1", 0, 1024, model, TransportLimits.DEFAULT), guard,
                Http1Settings.DEFAULT, List.of());
    }

    @AfterEach
    void stop() {
        server.close();
        guard.close();
    }

    private RawClient client() throws IOException {
        return RawClient.connectFrom("127.0.0.2", server.port());
    }

    @ParameterizedTest
    @MethodSource("models")
    void delaysRequestsAboveTheSoftRateAndAnswersThemAll(ThreadModel model) throws Exception {
        start(model, GuardSettings.builder().requests(new RateLimit(20, RateLimit.NONE)));
        try (Bystander bystander = Bystander.start("127.0.0.1", server.port()); RawClient client = client()) {
            long start = System.nanoTime();
            client.send(REQUEST.repeat(45));
            for (int i = 0; i < 45; i++) {
                assertThat(client.readResponse().status()).isEqualTo(200);
            }
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofMillis(1_800));
            Awaitility.await().until(() -> bystander.answers() > 10);
            assertThat(bystander.errors()).isEmpty();
            assertThat(bystander.percentile(50)).isLessThan(Duration.ofSeconds(1));
        }
        assertThat(guard.rejections().count(Reason.REQUESTS_OF_CONNECTION)).isZero();
    }

    @ParameterizedTest
    @MethodSource("models")
    void answers429AboveTheHardRateOfRequestsAndCloses(ThreadModel model) throws Exception {
        start(model, GuardSettings.builder().requests(new RateLimit(45, 50)));
        try (Bystander bystander = Bystander.start("127.0.0.1", server.port()); RawClient client = client()) {
            client.send(REQUEST.repeat(1_000));
            int answered = 0;
            RawClient.Response response = client.readResponse();
            for (; response.status() == 200; response = client.readResponse()) {
                answered++;
            }
            assertThat(response.status()).isEqualTo(429);
            assertThat(response.header("Connection")).contains("close");
            assertThat(answered).isBetween(50, 999);
            assertThat(client.isClosedByServer()).isTrue();
            assertThat(bystander.errors()).isEmpty();
        }
        Awaitility.await().untilAsserted(() -> assertThat(guard.rejections().count(Reason.REQUESTS_OF_CONNECTION)).isEqualTo(1));
    }

    @ParameterizedTest
    @MethodSource("models")
    void slowsAnUploadDownToTheSoftRate(ThreadModel model) throws Exception {
        start(model, GuardSettings.builder().bytesIn(SLOW));
        try (Bystander bystander = Bystander.start("127.0.0.1", server.port()); RawClient client = client()) {
            long start = System.nanoTime();
            upload(client);
            assertThat(client.readResponse().body()).isEqualTo(SIZE + " bytes");
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofMillis(1_500));
            assertThat(bystander.errors()).isEmpty();
        }
    }

    private static void upload(RawClient client) throws IOException {
        client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: " + SIZE + "\r\n\r\n").send(new byte[SIZE]);
    }

    @Test
    void closesAnUploadAboveTheHardRate() throws Exception {
        start(ThreadModel.virtual(), GuardSettings.builder().bytesIn(STRICT));
        try (Bystander bystander = Bystander.start("127.0.0.1", server.port()); RawClient client = client()) {
            assertThatThrownBy(() -> {
                upload(client);
                client.readResponse();
            }).isInstanceOfAny(EOFException.class, SocketException.class);
            assertThat(bystander.errors()).isEmpty();
        }
        Awaitility.await().untilAsserted(() -> assertThat(guard.rejections().count(Reason.BYTES_IN)).isEqualTo(1));
    }

    @ParameterizedTest
    @MethodSource("models")
    void slowsDownloadsDownToTheSoftRate(ThreadModel model) throws Exception {
        start(model, GuardSettings.builder().bytesOut(SLOW));
        try (Bystander bystander = Bystander.start("127.0.0.1", server.port())) {
            for (String path : List.of("/big", "/file")) {
                try (RawClient client = client()) {
                    long start = System.nanoTime();
                    RawClient.Response response = client.send("GET " + path + " HTTP/1.1\r\nHost: h\r\n\r\n").readResponse();
                    assertThat(response.body()).hasSize(SIZE);
                    assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofMillis(1_500));
                }
            }
            assertThat(bystander.errors()).isEmpty();
        }
    }

    @Test
    void closesADownloadAboveTheHardRate() throws Exception {
        start(ThreadModel.virtual(), GuardSettings.builder().bytesOut(STRICT));
        try (Bystander bystander = Bystander.start("127.0.0.1", server.port()); RawClient client = client()) {
            assertThatThrownBy(() -> client.send("GET /big HTTP/1.1\r\nHost: h\r\n\r\n").readResponse())
                    .isInstanceOfAny(EOFException.class, SocketException.class);
            assertThat(bystander.errors()).isEmpty();
        }
        Awaitility.await().untilAsserted(() -> assertThat(guard.rejections().count(Reason.BYTES_OUT)).isEqualTo(1));
    }

    @Test
    void hasNoRatesForExemptNetworks() throws Exception {
        start(ThreadModel.virtual(), GuardSettings.builder().requests(new RateLimit(RateLimit.NONE, 1)).bytesIn(STRICT)
                .bytesOut(STRICT).exempt(List.of(Network.parse("127.0.0.2"))));
        try (RawClient client = client()) {
            upload(client);
            assertThat(client.readResponse().status()).isEqualTo(200);
            assertThat(client.send("GET /big HTTP/1.1\r\nHost: h\r\n\r\n").readResponse().body()).hasSize(SIZE);
        }
    }

    @Test
    void lets408EndABodyThatTricklesBelowTheLeastRate() throws Exception {
        guard = Guard.open(GuardSettings.builder().build());
        var http1 = new Http1Settings(8192, 32_768, 100, 1 << 30, Duration.ofSeconds(10), Duration.ofSeconds(1), 1_000);
        server = TestServer.start(HttpRouting.builder()
                        .post((request, response) -> response.send(request.content().as(byte[].class).length + " bytes"))
                        .get((request, response) -> response.send("x")),
                ListenerSettings.local(0), guard, http1, List.of());
        try (Bystander bystander = Bystander.start("127.0.0.1", server.port()); RawClient client = client()) {
            client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n");
            // each pause is much shorter than the longest that is allowed
            Awaitility.await().pollInterval(Duration.ofMillis(100)).until(() -> {
                client.send("x");
                return client.socket().getInputStream().available() > 0;
            });
            assertThat(client.readResponse().status()).isEqualTo(408);
            assertThat(bystander.errors()).isEmpty();
        }
        Awaitility.await().untilAsserted(() -> assertThat(guard.rejections().count(Reason.SLOW_REQUEST)).isEqualTo(1));
    }

    @Test
    void hasTheSystemProbeClientsThatAreSilent() throws Exception {
        Assumptions.assumeTrue(Files.exists(Path.of("/proc/net/tcp")), "skipped: this is not Linux");
        guard = Guard.none();
        var probes = new KeepAliveProbes(Duration.ofSeconds(77), Duration.ofSeconds(5), 3);
        server = TestServer.start(HttpRouting.builder().get((request, response) -> response.send("x")),
                new ListenerSettings("test", "127.0.0.1", 0, 1024, ThreadModel.virtual(), TransportLimits.DEFAULT,
                        Optional.of(probes)), guard, Http1Settings.DEFAULT, List.of());
        try (RawClient client = client()) {
            assertThat(client.send(REQUEST).readResponse().status()).isEqualTo(200);
            // an IPv4 connection of Java is in the table of IPv6, where it is not told to do without
            Pattern ends = Pattern.compile("0100007F:%04X \\S*0200007F:%04X".formatted(server.port(), client.socket().getLocalPort()));
            // the client's acknowledgement may be on its way, and the table is read in pieces
            Awaitility.await().untilAsserted(() -> {
                var lines = new ArrayList<String>();
                for (Path table : List.of(Path.of("/proc/net/tcp"), Path.of("/proc/net/tcp6"))) {
                    lines.addAll(Files.exists(table) ? Files.readAllLines(table) : List.of());
                }
                List<String> found = lines.stream().filter(text -> ends.matcher(text).find()).toList();
                assertThat(found).isNotEmpty();
                String[] timer = found.getFirst().strip().split("\\s+")[5].split(":");
                // timer 2 is that of the probes; the time that is left, in hundredths of a second
                assertThat(timer[0]).isEqualTo("02");
                assertThat(Integer.parseInt(timer[1], 16)).isBetween(4_000, 7_701);
            });
        }
    }
}
