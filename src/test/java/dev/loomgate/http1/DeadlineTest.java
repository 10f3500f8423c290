package dev.loomgate.http1;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import dev.loomgate.testing.Concurrent;
import dev.loomgate.testing.RawClient;
import dev.loomgate.testing.TestServer;
import dev.loomgate.transport.DeadlineException;
import dev.loomgate.transport.ListenerSettings;
import dev.loomgate.transport.ThreadModel;
import dev.loomgate.transport.TransportLimits;
import io.helidon.webserver.http.HttpRouting;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Clients that are slow, or silent, or do not read, under both thread models. */
@Concurrent
class DeadlineTest {
    private static final Duration LONG = Duration.ofMinutes(1);
    private static final Duration SHORT = Duration.ofMillis(300);

    private final CompletableFuture<Throwable> failure = new CompletableFuture<>();
    private TestServer server;

    static List<ThreadModel> models() {
        return List.of(ThreadModel.virtual(), ThreadModel.platform(4));
    }

    private void start(ThreadModel model, Duration idle, Duration write, Duration header, Duration body) {
        var settings = new ListenerSettings("test", "127.0.0.1", 0, 100, model, new TransportLimits(idle, write));
        var http1 = new Http1Settings(8192, 32_768, 100, 1 << 30, header, body);
        server = TestServer.start(HttpRouting.builder()
                .post("/read", (request, response) -> response.send(request.content().as(byte[].class).length + " bytes"))
                .post("/both", (request, response) -> readWhileWriting(request.content().inputStream(), response.outputStream()))
                .get("/endless", (request, response) -> writeEndlessly(response.outputStream()))
                .get((request, response) -> response.send("x")), settings, http1, List.of());
    }

    private void writeEndlessly(OutputStream out) throws IOException {
        try {
            var block = new byte[100_000];
            while (true) {
                out.write(block);
            }
        } catch (IOException | RuntimeException e) {
            failure.complete(e);
            throw e;
        }
    }

    /** Reads on one thread while another writes a lot: the time limits of the two must not get mixed up. */
    private static void readWhileWriting(InputStream in, OutputStream out) throws IOException {
        CompletableFuture<Integer> read = CompletableFuture.supplyAsync(() -> {
            try {
                return in.readAllBytes().length;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }, task -> Thread.ofPlatform().daemon().start(task)); // the common pool may have one thread only
        try (out) {
            while (!read.isDone()) {
                out.write('.');
                out.flush();
            }
            out.write(("read " + read.join()).getBytes(StandardCharsets.ISO_8859_1));
        }
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private RawClient client() throws IOException {
        return RawClient.connect(server.port());
    }

    @ParameterizedTest
    @MethodSource("models")
    void closesAConnectionThatIsIdleForTooLong(ThreadModel model) throws IOException {
        start(model, Duration.ofSeconds(3), LONG, LONG, LONG);
        try (RawClient fresh = client(); RawClient used = client()) {
            used.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
            assertThat(used.readResponse().body()).isEqualTo("x");
            assertThat(used.isClosedByServer()).isTrue();
            assertThat(fresh.isClosedByServer()).isTrue();
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void answers408ToAHeaderThatIsNotWholeInTime(ThreadModel model) throws IOException {
        start(model, LONG, LONG, SHORT, LONG);
        try (RawClient client = client()) {
            client.send("GET / HTTP/1.1\r\nHost:");
            assertThat(client.readResponse().status()).isEqualTo(408);
            assertThat(client.isClosedByServer()).isTrue();
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void givesNoMoreTimeToAHeaderThatTrickles(ThreadModel model) throws IOException {
        start(model, LONG, LONG, SHORT, LONG);
        try (RawClient client = client()) {
            client.send("GET / HTTP/1.1\r\nHost: h\r\nX: ");
            Awaitility.await().pollInterval(Duration.ofMillis(50)).until(() -> {
                if (client.socket().getInputStream().available() > 0) {
                    return true;
                }
                client.send("x");
                return false;
            });
            assertThat(client.readResponse().status()).isEqualTo(408);
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void answers408ToABodyThatPausesForTooLong(ThreadModel model) throws IOException {
        start(model, LONG, LONG, LONG, SHORT);
        try (RawClient client = client()) {
            client.send("POST /read HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhalf");
            RawClient.Response response = client.readResponse();
            assertThat(response.status()).isEqualTo(408);
            assertThat(response.header("Connection")).contains("close");
            assertThat(client.isClosedByServer()).isTrue();
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void waitsForABodyThatGoesOn(ThreadModel model) throws IOException {
        start(model, LONG, LONG, LONG, Duration.ofSeconds(5));
        try (RawClient client = client()) {
            int length = 60;
            client.send("POST /read HTTP/1.1\r\nHost: h\r\nContent-Length: " + length + "\r\n\r\n");
            Awaitility.await().pollInterval(Duration.ofMillis(100)).until(sending(client, length));
            assertThat(client.readResponse().body()).isEqualTo("60 bytes");
        }
    }

    /** Sends a byte at each call; true with the last one. */
    private static Callable<Boolean> sending(RawClient client, int length) {
        int[] sent = {0};
        return () -> {
            client.send("x");
            return ++sent[0] == length;
        };
    }

    @ParameterizedTest
    @MethodSource("models")
    void givesUpAClientThatDoesNotRead(ThreadModel model) throws Exception {
        start(model, LONG, SHORT, LONG, LONG);
        try (RawClient client = client()) {
            client.send("GET /endless HTTP/1.1\r\nHost: h\r\n\r\n");
            Throwable seen = failure.get(60, TimeUnit.SECONDS);
            assertThat(seen).hasRootCauseInstanceOf(DeadlineException.class);
            // what is left in the sockets ends within a chunk
            assertThatThrownBy(client::readResponse).isInstanceOfAny(EOFException.class, SocketException.class);
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void keepsTheTimesOfReadingAndWritingApart(ThreadModel model) throws IOException {
        start(model, LONG, LONG, LONG, Duration.ofSeconds(5));
        try (RawClient client = client()) {
            client.send("POST /both HTTP/1.0\r\nContent-Length: 20\r\n\r\n");
            client.readHead();
            Callable<Boolean> sendOne = sending(client, 20);
            Awaitility.await().atMost(Duration.ofSeconds(20)).pollInterval(Duration.ofMillis(20)).until(() -> {
                InputStream in = client.socket().getInputStream();
                in.readNBytes(in.available());
                return sendOne.call();
            });
            assertThat(client.readToEnd()).endsWith("read 20");
        }
    }
}
