package dev.loomgate.gateway.scgi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.EOFException;
import java.io.IOException;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

import io.helidon.webserver.http.HttpRouting;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import dev.loomgate.gateway.Destination;
import dev.loomgate.gateway.ExchangeLimits;
import dev.loomgate.gateway.GatewaySettings;
import dev.loomgate.gateway.ScriptResolver;
import dev.loomgate.testing.ConcurrentClass;
import dev.loomgate.testing.LogCapture;
import dev.loomgate.testing.RawClient;
import dev.loomgate.testing.TestServer;
import dev.loomgate.upstream.Endpoint;
import dev.loomgate.upstream.Places;
import dev.loomgate.upstream.Pool;
import dev.loomgate.upstream.PoolSettings;

/** What becomes of requests whose program is slow, breaks off, or is not there. The program is this test, on a real socket. */
@ConcurrentClass
class ScgiBehaviourTest {
    private static final String PAGE = "Content-Type: text/plain\n\npage";

    @TempDir
    Path top;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final LogCapture log = LogCapture.ofThisTest("dev.loomgate");
    private final AtomicInteger accepted = new AtomicInteger();
    private ServerSocketChannel listener;
    private ScgiGateway gateway;
    private TestServer server;

    @AfterEach
    void stop() throws IOException {
        server.close();
        gateway.close();
        if (listener != null) {
            listener.close();
        }
        threads.shutdownNow();
        log.close();
    }

    private interface Program {
        void serve(SocketChannel connection) throws Exception;
    }

    private Path socket() {
        return top.resolve("app.sock");
    }

    private void listen(Program program) throws IOException {
        listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        listener.bind(UnixDomainSocketAddress.of(socket()));
        threads.submit(() -> {
            while (true) {
                SocketChannel connection = listener.accept();
                accepted.incrementAndGet();
                threads.submit(() -> {
                    try (connection) {
                        program.serve(connection);
                    }
                    return null;
                });
            }
        });
    }

    private void start(ExchangeLimits limits, int most, int queue) {
        var places = new Places.Limits(most, queue, Duration.ofSeconds(7), "a request", "wait");
        gateway = new ScgiGateway(ScriptResolver.ofScript("", Path.of("/app"), List.of()), false,
                new Destination.One(new Pool(new Endpoint.Unix(socket()), PoolSettings.unkept(places, Duration.ofSeconds(1)))),
                GatewaySettings.defaults().withLimits(limits));
        server = TestServer.start(HttpRouting.builder().any(gateway));
    }

    private void start(Program program) throws IOException {
        listen(program);
        start(new ExchangeLimits(Duration.ofSeconds(30), Optional.empty()), 10, 10);
    }

    private static String readHeader(SocketChannel connection) throws IOException {
        var stream = Channels.newInputStream(connection);
        int length = 0;
        for (int b = stream.read(); b != ':'; b = stream.read()) {
            length = length * 10 + b - '0';
        }
        String header = new String(stream.readNBytes(length), StandardCharsets.ISO_8859_1);
        assertThat(stream.read()).isEqualTo(',');
        return header;
    }

    private static void write(SocketChannel connection, String text) throws IOException {
        connection.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1)));
    }

    private RawClient connect() throws IOException {
        return RawClient.connect(server.port()).readTimeout(Duration.ofSeconds(20));
    }

    private RawClient.Response get() throws IOException {
        try (RawClient client = connect()) {
            return client.send("GET /a?b HTTP/1.1\r\nHost: h\r\n\r\n").readResponse();
        }
    }

    private <T> Future<T> inBackground(Callable<T> task) {
        return threads.submit(task);
    }

    private void awaitLog(String... parts) {
        Awaitility.await().untilAsserted(() -> assertThat(log.lines()).anySatisfy(line -> assertThat(line).contains(parts)));
    }

    @Test
    void anApplicationGetsTheWholePath() throws Exception {
        start(connection -> write(connection, PAGE + readHeader(connection).replace('\0', '\n')));

        assertThat(get().body()).startsWith("pageCONTENT_LENGTH\n0\nSCGI\n1\n").contains("\nSCRIPT_NAME\n\n", "\nPATH_INFO\n/a\n")
                .doesNotContain("SCRIPT_FILENAME");
    }

    @Test
    void whoIsSilentForTooLongIsLeftAlone() throws Exception {
        listen(connection -> {
            readHeader(connection);
            // until it is closed
            assertThat(connection.read(ByteBuffer.allocate(1))).isEqualTo(-1);
            Files.createFile(top.resolve("closed"));
        });
        start(new ExchangeLimits(Duration.ofMillis(400), Optional.empty()), 10, 10);

        assertThat(get().status()).isEqualTo(504);
        awaitLog("WARN", "status=504", "neither written nor read anything for PT0.4S");
        Awaitility.await().until(() -> Files.exists(top.resolve("closed")));
    }

    @Test
    void whoGoesOnForTooLongIsBrokenOff() throws Exception {
        listen(connection -> {
            readHeader(connection);
            write(connection, PAGE);
            while (true) {
                write(connection, "and more ");
                Thread.sleep(20);
            }
        });
        start(new ExchangeLimits(Duration.ofSeconds(20), Optional.of(Duration.ofMillis(500))), 10, 10);

        // unless it was ended before its response had begun
        Awaitility.await().untilAsserted(() -> assertThatThrownBy(this::get)
                .isInstanceOfAny(EOFException.class, SocketException.class));
        awaitLog("WARN", "status=504", "after running for PT0.5S");
    }

    @Test
    void theProgramNoticesThatTheClientHasGone() throws Exception {
        var gone = new CountDownLatch(1);
        var asked = new CountDownLatch(1);
        start(connection -> {
            readHeader(connection);
            asked.countDown();
            assertThat(connection.read(ByteBuffer.allocate(1))).isEqualTo(-1);
            gone.countDown();
        });

        try (RawClient client = connect()) {
            client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
            asked.await();
        }
        gone.await();
        awaitLog("DEBUG client failed");
    }

    @Test
    void theClientsLeavingIsNoticedInTheQueue() throws Exception {
        var end = new CountDownLatch(1);
        listen(connection -> {
            readHeader(connection);
            end.await();
            write(connection, PAGE);
        });
        start(new ExchangeLimits(Duration.ofSeconds(30), Optional.empty()), 1, 5);

        Future<RawClient.Response> first = inBackground(this::get);
        Awaitility.await().until(() -> accepted.get() == 1);
        try (RawClient client = connect()) {
            client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
            awaitLog("1 requests wait for a request to end");
        }
        awaitLog("DEBUG client failed");
        end.countDown();
        assertThat(first.get().body()).isEqualTo("page");
        assertThat(accepted).hasValue(1);
    }

    @Test
    void refusesWhatTheQueueCanNotHold() throws Exception {
        var end = new CountDownLatch(1);
        listen(connection -> {
            readHeader(connection);
            end.await();
            write(connection, PAGE);
        });
        start(new ExchangeLimits(Duration.ofSeconds(30), Optional.empty()), 1, 0);

        Future<RawClient.Response> first = inBackground(this::get);
        Awaitility.await().until(() -> accepted.get() == 1);
        RawClient.Response refused = get();
        assertThat(refused.status()).isEqualTo(503);
        assertThat(refused.header("Retry-After")).hasValue("7");
        end.countDown();
        assertThat(first.get().body()).isEqualTo("page");
    }

    @Test
    void aDeadProgramIsNotHammered() throws Exception {
        start(new ExchangeLimits(Duration.ofSeconds(30), Optional.empty()), 200, 0);

        long start = System.nanoTime();
        List<Future<RawClient.Response>> all = IntStream.range(0, 100).mapToObj(i -> inBackground(this::get)).toList();
        for (Future<RawClient.Response> one : all) {
            assertThat(one.get().status()).isEqualTo(502);
        }
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(15));
        awaitLog("WARN", "status=502", socket() + " can't be reached: No such file or directory");
        // it begins at 50 ms and doubles, so after ten tries a quarter of a minute would have passed
        assertThat(log.lines()).noneSatisfy(line -> assertThat(line).containsPattern("tried [0-9]{2,} times"));
    }

    @Test
    void aProgramThatIsStartedAgainIsWaitedFor() throws Exception {
        start(new ExchangeLimits(Duration.ofSeconds(30), Optional.empty()), 10, 10);

        Future<RawClient.Response> early = inBackground(this::get);
        Awaitility.await().pollInterval(Duration.ofMillis(10)).until(() -> !early.isDone());
        listen(connection -> {
            readHeader(connection);
            write(connection, PAGE);
        });
        Awaitility.await().until(() -> get().status() == 200);
    }

    @Test
    void whoClosesWithoutAnAnswerIsABadGatewayAndNotAskedAgain() throws Exception {
        start(ScgiBehaviourTest::readHeader);

        assertThat(get().status()).isEqualTo(502);
        awaitLog("WARN", "status=502", "failed before any answer: it was closed");
        assertThat(accepted).hasValue(1);
    }

    @Test
    void mayAnswerWithoutReadingAnything() throws Exception {
        start(connection -> write(connection, PAGE));

        for (int i = 0; i < 20; i++) {
            assertThat(get().body()).isEqualTo("page");
        }
        byte[] body = new byte[5_000_000];
        try (RawClient client = connect()) {
            client.send("POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: " + body.length + "\r\n\r\n").send(new byte[100_000]);
            assertThat(client.readResponse().body()).isEqualTo("page");
        }
    }

    @Test
    void requestsInFlightEndWithTheGateway() throws Exception {
        start(connection -> {
            readHeader(connection);
            assertThat(connection.read(ByteBuffer.allocate(1))).isEqualTo(-1);
        });

        Future<RawClient.Response> response = inBackground(this::get);
        Awaitility.await().until(() -> accepted.get() == 1);
        gateway.close();
        assertThat(response.get().status()).isEqualTo(503);
        assertThat(get().status()).isEqualTo(503);
    }
}
