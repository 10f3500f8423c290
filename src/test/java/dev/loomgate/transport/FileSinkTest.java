package dev.loomgate.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import dev.loomgate.http1.Http1Settings;
import dev.loomgate.testing.Concurrent;
import dev.loomgate.testing.RawClient;
import dev.loomgate.testing.TestServer;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.ServerConnectionException;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Bodies that come straight from a file. */
@Concurrent
class FileSinkTest {
    private static final int LENGTH = 12_000_000;

    @TempDir
    private Path directory;
    private Path file;
    private byte[] content;
    private final CompletableFuture<Throwable> failure = new CompletableFuture<>();
    private final CountDownLatch truncated = new CountDownLatch(1);
    private TestServer server;

    static List<ThreadModel> models() {
        return List.of(ThreadModel.virtual(), ThreadModel.platform(4));
    }

    @BeforeEach
    void write() throws IOException {
        content = new byte[LENGTH];
        new Random(1).nextBytes(content);
        file = Files.write(directory.resolve("file"), content);
    }

    private void start(ThreadModel model, Duration write) {
        server = TestServer.start(HttpRouting.builder()
                .get("/region", this::region)
                .any("/mixed", (request, response) -> {
                    try (FileChannel channel = open(); OutputStream out = response.outputStream()) {
                        out.write(text("before "));
                        ((FileSink) out).transferFrom(channel, 3, 5);
                        out.write(text(" between "));
                        ((FileSink) out).transferFrom(channel, 100_000, 200_000);
                        ((FileSink) out).transferFrom(channel, 7, 0);
                        out.write(text(" behind"));
                    }
                })
                .get("/truncated", (request, response) -> {
                    response.header(HeaderNames.CONTENT_LENGTH, String.valueOf(LENGTH));
                    try (FileChannel channel = open(); OutputStream out = response.outputStream()) {
                        ((FileSink) out).transferFrom(channel, 0, 1_000);
                        out.flush();
                        truncated.await();
                        ((FileSink) out).transferFrom(channel, 1_000, LENGTH - 1_000);
                    } catch (IOException e) {
                        failure.complete(e);
                        throw e;
                    }
                })
                .get((request, response) -> response.send("next")),
                new ListenerSettings("test", "127.0.0.1", 0, 100, model, new TransportLimits(Duration.ofMinutes(1), write)),
                Http1Settings.DEFAULT, List.of());
    }

    private void region(ServerRequest request, ServerResponse response) throws IOException {
        long position = Long.parseLong(request.query().get("from"));
        long count = Long.parseLong(request.query().get("count"));
        if (!request.query().contains("chunked")) {
            response.header(HeaderNames.CONTENT_LENGTH, String.valueOf(count));
        }
        try (FileChannel channel = open(); OutputStream out = response.outputStream()) {
            ((FileSink) out).transferFrom(channel, position, count);
            assertThat(channel.position()).isZero();
        } catch (IOException | RuntimeException e) {
            failure.complete(e);
            throw e;
        }
    }

    private FileChannel open() throws IOException {
        return FileChannel.open(file, StandardOpenOption.READ);
    }

    private static byte[] text(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    @AfterEach
    void stop() {
        truncated.countDown();
        server.close();
    }

    private RawClient ask(String target) throws IOException {
        return RawClient.connect(server.port()).send(get(target));
    }

    private static String get(String target) {
        return "GET " + target + " HTTP/1.1\r\nHost: h\r\n\r\n";
    }

    private static byte[] bytes(RawClient.Response response) {
        return text(response.body());
    }

    @ParameterizedTest
    @MethodSource("models")
    void sendsAnyRegionExactly(ThreadModel model) throws IOException {
        start(model, Duration.ofSeconds(30));
        try (RawClient client = RawClient.connect(server.port())) {
            for (int[] region : new int[][] {{0, LENGTH}, {0, 0}, {0, 1}, {LENGTH - 1, 1}, {LENGTH, 0}, {5_000_001, 3_333_333}}) {
                for (String way : new String[] {"", "&chunked"}) {
                    client.send(get("/region?from=" + region[0] + "&count=" + region[1] + way));
                    RawClient.Response response = client.readResponse();
                    assertThat(bytes(response)).as(Arrays.toString(region) + way)
                            .isEqualTo(Arrays.copyOfRange(content, region[0], region[0] + region[1]));
                    assertThat(response.header("Transfer-Encoding").isPresent()).isEqualTo(!way.isEmpty());
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void mixesRegionsWithWhatIsWritten(ThreadModel model) throws IOException {
        start(model, Duration.ofSeconds(30));
        String expected = "before " + latin1(3, 5) + " between " + latin1(100_000, 200_000) + " behind";
        try (RawClient client = ask("/mixed")) {
            assertThat(client.readResponse().body()).isEqualTo(expected);
            client.send("HEAD /mixed HTTP/1.1\r\nHost: h\r\n\r\n" + get("/next"));
            assertThat(client.readHead().status()).isEqualTo(200);
            assertThat(client.readResponse().body()).isEqualTo("next");
            client.send("GET /mixed HTTP/1.0\r\n\r\n");
            assertThat(client.readResponse().body()).isEqualTo(expected);
        }
    }

    private String latin1(int from, int count) {
        return new String(content, from, count, StandardCharsets.ISO_8859_1);
    }

    /** A client that reads without a pause, but slowly, on a socket that holds little. */
    @ParameterizedTest
    @MethodSource("models")
    void waitsForAClientThatReadsSlowly(ThreadModel model) throws Exception {
        start(model, Duration.ofSeconds(10));
        try (Socket client = new Socket()) {
            client.setReceiveBufferSize(16 * 1024);
            client.connect(new InetSocketAddress("127.0.0.1", server.port()));
            client.setSoTimeout(10_000);
            client.getOutputStream().write(text("GET /region?from=0&count=" + LENGTH + " HTTP/1.0\r\n\r\n"));
            InputStream in = client.getInputStream();
            var read = new ByteArrayOutputStream();
            // slow until more has passed than the sockets hold, so that the server feels it
            Awaitility.await().pollInterval(Duration.ofMillis(20)).atMost(Duration.ofSeconds(30)).until(() -> {
                read.write(in.readNBytes(30_000));
                return read.size() > 3_500_000;
            });
            in.transferTo(read);
            byte[] all = read.toByteArray();
            assertThat(Arrays.copyOfRange(all, all.length - LENGTH, all.length)).isEqualTo(content);
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void givesUpAClientThatDoesNotRead(ThreadModel model) throws Exception {
        start(model, Duration.ofMillis(300));
        try (RawClient client = ask("/region?from=0&count=" + LENGTH)) {
            assertThat(failure.get(60, TimeUnit.SECONDS)).isInstanceOf(ServerConnectionException.class)
                    .hasCauseInstanceOf(DeadlineException.class);
            assertThatThrownBy(client::readResponse).isInstanceOfAny(EOFException.class, SocketException.class);
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void breaksTheConnectionIfTheFileBecomesShorter(ThreadModel model) throws Exception {
        start(model, Duration.ofSeconds(30));
        try (RawClient client = ask("/truncated")) {
            assertThat(client.readLine()).isEqualTo("HTTP/1.1 200 OK");
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                channel.truncate(5_000);
            }
            truncated.countDown();
            assertThatThrownBy(() -> {
                while (!client.readLine().isEmpty()) {
                    // the rest of the header
                }
                client.readExactly(LENGTH);
            }).isInstanceOfAny(EOFException.class, SocketException.class);
            assertThat(failure.get(60, TimeUnit.SECONDS)).isInstanceOf(EOFException.class);
        }
    }
}
