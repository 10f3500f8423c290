package dev.loomgate.gateway.fastcgi;

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
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

import io.helidon.webserver.http.HttpRouting;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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

/** What becomes of kept connections, and of what programs say or leave unsaid. The program is this test, on a real socket. */
@ConcurrentClass
class FastCgiBehaviourTest {
    private static final String PAGE = "Content-Type: text/plain\n\npage";

    @TempDir
    Path top;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final LogCapture log = LogCapture.ofThisTest("dev.loomgate");
    private final AtomicInteger accepted = new AtomicInteger();
    private ServerSocketChannel listener;
    private FastCgiGateway gateway;
    private FastCgiAuthorizer authorizer;
    private TestServer server;

    @AfterEach
    void stop() throws IOException {
        server.close();
        gateway.close();
        authorizer.close();
        listener.close();
        threads.shutdownNow();
        log.close();
    }

    private interface Program {
        /** Serves a connection, which is the so-many-th and is closed after this. */
        void serve(Records connection, int number) throws Exception;
    }

    /** The program's side of a connection. */
    private record Records(SocketChannel channel) {
        /** Reads a request to the end of its body, and returns its flags; -1 at the end of the connection. */
        int readRequest() throws IOException {
            var in = Channels.newInputStream(channel);
            int flags = -1;
            while (true) {
                byte[] header = in.readNBytes(8);
                if (header.length < 8) {
                    return -1;
                }
                int length = (header[4] & 0xFF) << 8 | header[5] & 0xFF;
                byte[] content = in.readNBytes(length);
                in.skipNBytes(header[6]);
                if (header[1] == RecordType.BEGIN_REQUEST) {
                    flags = content[2];
                }
                if (header[1] == RecordType.STDIN && length == 0) {
                    return flags;
                }
            }
        }

        void write(int type, String content) throws IOException {
            byte[] bytes = content.getBytes(StandardCharsets.ISO_8859_1);
            channel.write(ByteBuffer.allocate(8 + bytes.length).put(new byte[] {1, (byte) type, 0, 1, (byte) (bytes.length >> 8),
                (byte) bytes.length, 0, 0}).put(bytes).flip());
        }

        void end(int protocolStatus) throws IOException {
            end(0, protocolStatus);
        }

        void end(int exitStatus, int protocolStatus) throws IOException {
            write(RecordType.END_REQUEST, "\0\0\0" + (char) exitStatus + (char) protocolStatus + "\0\0\0");
        }

        void page() throws IOException {
            write(RecordType.STDOUT, PAGE);
            end(0);
        }
    }

    private void start(Program program) throws IOException {
        start(program, 10, Duration.ofSeconds(30));
    }

    private void start(Program program, int most, Duration idle) throws IOException {
        Path socket = top.resolve("app.sock");
        listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        listener.bind(UnixDomainSocketAddress.of(socket));
        threads.submit(() -> {
            while (true) {
                SocketChannel channel = listener.accept();
                threads.submit(() -> {
                    try (channel) {
                        // the first connection asks for values, or the second does
                        program.serve(new Records(channel), accepted.incrementAndGet());
                    }
                    return null;
                });
            }
        });
        var places = new Places.Limits(most, 100, Duration.ofSeconds(20), "a request", "wait");
        var settings = new PoolSettings(places, Duration.ofSeconds(1), PoolSettings.PATIENCE, idle, Duration.ofHours(1));
        var limits = GatewaySettings.defaults().withLimits(new ExchangeLimits(Duration.ofSeconds(30), Optional.empty()));
        gateway = FastCgiGateway.to(ScriptResolver.ofScript("", Path.of("/app"), List.of()), false,
                new Destination.One(new Pool(new Endpoint.Unix(socket), settings)), true, limits);
        authorizer = FastCgiAuthorizer.to(Path.of("/nph-app"), false, new Destination.One(new Pool(new Endpoint.Unix(socket), settings)),
                true, limits);
        server = TestServer.start(HttpRouting.builder().any("/asked", (request, response) -> {
            if (authorizer.admits(request, response)) {
                response.send("served " + request.content().as(String.class));
            }
        }).any(gateway));
    }

    private RawClient.Response ask() throws IOException {
        try (RawClient client = RawClient.connect(server.port()).readTimeout(Duration.ofSeconds(20))) {
            return client.send("POST /asked HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi").readResponse();
        }
    }

    private RawClient.Response request(String method) throws IOException {
        try (RawClient client = RawClient.connect(server.port()).readTimeout(Duration.ofSeconds(20))) {
            return client.send(method + " /a HTTP/1.1\r\nHost: h\r\n" + (method.equals("POST") ? "Content-Length: 2\r\n\r\nhi" : "\r\n"))
                    .readResponse();
        }
    }

    private RawClient.Response get() throws IOException {
        return request("GET");
    }

    private <T> Future<T> inBackground(Callable<T> task) {
        return threads.submit(task);
    }

    private void awaitLog(String... parts) {
        Awaitility.await().untilAsserted(() -> assertThat(log.lines()).anySatisfy(line -> assertThat(line).contains(parts)));
    }

    private static void answerAll(Records connection) throws IOException {
        while (connection.readRequest() >= 0) {
            connection.page();
        }
    }

    @Test
    void connectionsAreKept() throws Exception {
        var requests = new AtomicInteger();
        start((connection, number) -> {
            while (connection.readRequest() == 1) {
                requests.incrementAndGet();
                connection.page();
            }
        });

        for (int i = 0; i < 30; i++) {
            assertThat(get().body()).isEqualTo("page");
        }
        assertThat(requests).hasValue(30);
        // beside the one on which the program is asked what it can do, until which none is kept
        assertThat(accepted.get()).isLessThan(30);
        int before = accepted.get();
        Awaitility.await().until(() -> get().status() == 200 && get().status() == 200 && accepted.get() - before < 20);
    }

    @Test
    void connectionsThatNobodyNeedsAreClosed() throws Exception {
        var ended = new AtomicInteger();
        start((connection, number) -> {
            answerAll(connection);
            ended.incrementAndGet();
        }, 10, Duration.ofMillis(300));

        for (int i = 0; i < 5; i++) {
            assertThat(get().body()).isEqualTo("page");
        }
        Awaitility.await().until(() -> ended.get() == accepted.get());
    }

    @Test
    void aConnectionThatTheProgramHasClosedIsNotUsed() throws Exception {
        start((connection, number) -> {
            connection.readRequest();
            connection.page();
        });

        for (int i = 0; i < 50; i++) {
            assertThat(request(i % 2 == 0 ? "GET" : "POST").body()).isEqualTo("page");
        }
    }

    @Test
    void whatIdempotentRequestsFindClosedIsTriedAgain() throws Exception {
        var closed = new AtomicInteger();
        start((connection, number) -> {
            connection.readRequest();
            connection.page();
            // takes another and never answers: as if it had closed at the moment when the request was on its way
            if (connection.readRequest() >= 0) {
                closed.incrementAndGet();
            }
        });

        for (int i = 0; i < 50; i++) {
            assertThat(get().body()).isEqualTo("page");
        }
        assertThat(closed.get()).isPositive();
    }

    @Test
    void othersGoOnNewConnectionsOnly() throws Exception {
        start((connection, number) -> {
            connection.readRequest();
            connection.page();
            connection.readRequest();
        });

        for (int i = 0; i < 20; i++) {
            assertThat(request("POST").body()).isEqualTo("page");
        }
        assertThat(accepted.get()).isGreaterThanOrEqualTo(20);
    }

    @Test
    void aProgramWithOneWorkerServesEverybody() throws Exception {
        var turn = new java.util.concurrent.Semaphore(1);
        start((connection, number) -> {
            // one connection at a time, for as long as it is kept
            turn.acquire();
            try {
                answerAll(connection);
            } finally {
                turn.release();
            }
        });

        var all = new ArrayList<Future<RawClient.Response>>();
        for (int i = 0; i < 100; i++) {
            all.add(inBackground(this::get));
        }
        for (Future<RawClient.Response> one : all) {
            assertThat(one.get().body()).isEqualTo("page");
        }
    }

    @ParameterizedTest
    @CsvSource({"1,502,several requests of one connection", "2,503,overloaded", "3,502,role of a responder", "9,502,does not know: 9"})
    void whatTheProgramRefusesIsAnError(int protocolStatus, int status, String reason) throws Exception {
        start((connection, number) -> {
            while (connection.readRequest() >= 0) {
                connection.end(protocolStatus);
            }
        });

        RawClient.Response response = get();

        assertThat(response.status()).isEqualTo(status);
        assertThat(response.header("Retry-After")).isEqualTo(status == 503 ? Optional.of("1") : Optional.empty());
        awaitLog("status=" + status, reason);
    }

    @Test
    void errorOutputGoesToTheLog() throws Exception {
        start((connection, number) -> {
            while (connection.readRequest() >= 0) {
                connection.write(RecordType.STDERR, "PHP message: first\nsec");
                connection.write(RecordType.STDOUT, "Content-Type: text/plain\n");
                connection.write(RecordType.STDERR, "ond\n");
                connection.write(RecordType.STDOUT, "\npage");
                connection.end(0);
            }
        });

        assertThat(get().body()).isEqualTo("page");
        awaitLog("WARN PHP message: first", "script=/app");
        awaitLog("WARN second", "script=/app");
    }

    @Test
    void anAnswerThatIsCutShortIsAnError() throws Exception {
        var go = new CountDownLatch(1);
        start((connection, number) -> {
            if (connection.readRequest() >= 0) {
                connection.write(RecordType.STDOUT, PAGE);
                go.await();
            }
        });

        Future<RawClient.Response> response = inBackground(this::get);
        Awaitility.await().until(() -> accepted.get() > 0);
        go.countDown();
        assertThatThrownBy(() -> {
            // within the first moments it is not under way yet
            assertThat(response.get().status()).isEqualTo(502);
            throw new EOFException();
        }).satisfiesAnyOf(e -> assertThat(e).isInstanceOf(EOFException.class),
                e -> assertThat(e).hasCauseInstanceOf(EOFException.class), e -> assertThat(e).hasCauseInstanceOf(SocketException.class));
        awaitLog("WARN", "status=502", "closed the connection before the end of its answer");
    }

    @Test
    void whatIsNoFastCgiIsAnError() throws Exception {
        start((connection, number) -> {
            if (connection.readRequest() >= 0) {
                connection.channel().write(ByteBuffer.wrap("HTTP/1.1 200 OK\r\n\r\n".getBytes(StandardCharsets.US_ASCII)));
            }
        });

        assertThat(get().status()).isEqualTo(502);
        awaitLog("WARN", "status=502", "no FastCGI record: it begins with the byte 72");
    }

    @Test
    void theProgramNoticesThatTheClientHasGone() throws Exception {
        var asked = new CountDownLatch(1);
        var gone = new CountDownLatch(1);
        start((connection, number) -> {
            if (connection.readRequest() >= 0) {
                asked.countDown();
                var in = Channels.newInputStream(connection.channel());
                assertThat(in.readNBytes(8)).startsWith(1, RecordType.ABORT_REQUEST, 0, 1, 0, 0);
                assertThat(in.read()).isEqualTo(-1);
                gone.countDown();
            }
        });

        try (RawClient client = RawClient.connect(server.port())) {
            client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
            asked.await();
        }
        gone.await();
    }

    @Test
    void programsAreAskedHowManyConnectionsTheyTake() throws Exception {
        var atOnce = new AtomicInteger();
        var most = new AtomicInteger();
        start((connection, number) -> {
            var in = Channels.newInputStream(connection.channel());
            byte[] header = in.readNBytes(8);
            if (header.length == 8 && header[1] == RecordType.GET_VALUES) {
                String answer = "\16\1FCGI_MAX_CONNS2";
                byte[] bytes = answer.getBytes(StandardCharsets.ISO_8859_1);
                connection.channel().write(ByteBuffer.allocate(8 + bytes.length).put(new byte[] {1,
                    (byte) RecordType.GET_VALUES_RESULT, 0, 0, 0, (byte) bytes.length, 0, 0}).put(bytes).flip());
                return;
            }
            in.skipNBytes(8);
            most.accumulateAndGet(atOnce.incrementAndGet(), Math::max);
            connection.readRequest();
            Thread.sleep(20);
            atOnce.decrementAndGet();
            connection.page();
        });

        get();
        awaitLog("DEBUG asked", "FCGI_MAX_CONNS=OptionalInt[2]");
        most.set(0);
        var all = new ArrayList<Future<RawClient.Response>>();
        for (int i = 0; i < 20; i++) {
            all.add(inBackground(this::get));
        }
        for (Future<RawClient.Response> one : all) {
            assertThat(one.get().body()).isEqualTo("page");
        }
        assertThat(most.get()).isLessThanOrEqualTo(2);
    }

    @ParameterizedTest
    @CsvSource({"0,0,200,''", "7,0,502,exited with status 7", "0,2,503,overloaded", "0,3,502,role of an authorizer"})
    void aYesCountsIfTheProgramEndsWell(int exitStatus, int protocolStatus, int status, String reason) throws Exception {
        start((connection, number) -> {
            while (connection.readRequest() >= 0) {
                connection.write(RecordType.STDOUT, PAGE);
                connection.end(exitStatus, protocolStatus);
            }
        });

        RawClient.Response response = ask();

        assertThat(response.status()).isEqualTo(status);
        assertThat(response.body().startsWith("served")).isEqualTo(status == 200);
        if (status != 200) {
            awaitLog("status=" + status, reason);
        }
    }

    @Test
    void aYesThatIsCutShortIsNone() throws Exception {
        start((connection, number) -> {
            if (connection.readRequest() >= 0) {
                connection.write(RecordType.STDOUT, PAGE);
            }
        });

        assertThat(ask().status()).isEqualTo(502);
        awaitLog("WARN", "status=502", "closed the connection before the end of its answer");
    }

    @Test
    void questionsAreAskedAgainWhateverTheMethod() throws Exception {
        var closed = new AtomicInteger();
        start((connection, number) -> {
            connection.readRequest();
            connection.page();
            // as if it had closed at the moment when the question was on its way
            if (connection.readRequest() >= 0) {
                closed.incrementAndGet();
            }
        });

        for (int i = 0; i < 50; i++) {
            assertThat(ask().body()).isEqualTo("served hi");
        }
        assertThat(closed.get()).isPositive();
    }
}
