package dev.loomgate.http1;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.CRC32;

import dev.loomgate.testing.Concurrent;
import dev.loomgate.testing.RawClient;
import dev.loomgate.testing.TestServer;
import io.helidon.http.HeaderNames;
import dev.loomgate.transport.RequestTrailers;
import io.helidon.webserver.http.HttpRouting;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Large bodies: whole, and never held in memory. */
@Concurrent
class TransferTest {
    private static final int BLOCK = 50_000;
    private static final int BLOCKS = 2_000;
    private static final long LENGTH = (long) BLOCK * BLOCKS;
    /** What two sockets of the operating system may hold at most, and then some. */
    private static final long SOCKETS_HOLD = 20_000_000;

    private final CountDownLatch goOn = new CountDownLatch(1);
    private final AtomicLong written = new AtomicLong();
    private final TestServer server = TestServer.start(HttpRouting.builder()
            .post("/sum", (request, response) -> response.send(sum(request.content().inputStream())))
            .post("/wait", (request, response) -> {
                goOn.await();
                response.send(sum(request.content().inputStream()));
            })
            .get("/blocks", (request, response) -> {
                try (OutputStream out = response.outputStream()) {
                    for (int i = 0; i < BLOCKS; i++) {
                        out.write(block(i));
                        written.addAndGet(BLOCK);
                    }
                }
            }));

    @AfterEach
    void stop() {
        goOn.countDown();
        server.close();
    }

    private static byte[] block(int number) {
        var block = new byte[BLOCK];
        for (int i = 0; i < BLOCK; i++) {
            block[i] = (byte) (number * 31 + i * 7);
        }
        return block;
    }

    private static String sum(InputStream in) throws IOException {
        var sum = new CRC32();
        long count = 0;
        var buffer = new byte[30_000];
        for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
            sum.update(buffer, 0, n);
            count += n;
        }
        return count + " " + sum.getValue();
    }

    private static String expected() {
        var sum = new CRC32();
        for (int i = 0; i < BLOCKS; i++) {
            sum.update(block(i));
        }
        return LENGTH + " " + sum.getValue();
    }

    @Test
    void takesAHundredMegabytesOfKnownLength() throws IOException {
        try (RawClient client = RawClient.connect(server.port())) {
            client.send("POST /sum HTTP/1.1\r\nHost: h\r\nContent-Length: " + LENGTH + "\r\n\r\n");
            for (int i = 0; i < BLOCKS; i++) {
                client.send(block(i));
            }
            assertThat(client.readResponse().body()).isEqualTo(expected());
        }
    }

    @Test
    void takesAHundredMegabytesInChunks() throws IOException {
        try (RawClient client = RawClient.connect(server.port())) {
            client.send("POST /sum HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
            for (int i = 0; i < BLOCKS; i++) {
                client.send(Integer.toHexString(BLOCK) + "\r\n").send(block(i)).send("\r\n");
            }
            client.send("0\r\n\r\n");
            assertThat(client.readResponse().body()).isEqualTo(expected());
        }
    }

    @Test
    void sendsAHundredMegabytes() throws IOException {
        try (RawClient client = RawClient.connect(server.port())) {
            client.send("GET /blocks HTTP/1.0\r\n\r\n");
            client.readHead();
            var sum = new CRC32();
            for (int i = 0; i < BLOCKS; i++) {
                sum.update(client.readExactly(BLOCK));
            }
            assertThat(client.isClosedByServer()).isTrue();
            assertThat(LENGTH + " " + sum.getValue()).isEqualTo(expected());
        }
    }

    @Test
    void readsNoFurtherThanTheHandlerDoes() throws Exception {
        try (SocketChannel client = connect()) {
            client.write(text("POST /wait HTTP/1.1\r\nHost: h\r\nContent-Length: " + LENGTH + "\r\n\r\n"));
            client.configureBlocking(false);
            long sent = sendUntilFull(client);
            assertThat(sent).isLessThan(SOCKETS_HOLD);
            goOn.countDown();
            client.configureBlocking(true);
            while (sent < LENGTH) {
                sent += client.write(remaining(sent));
            }
            var answer = ByteBuffer.allocate(1000);
            client.read(answer);
            assertThat(new String(answer.array(), 0, answer.position(), StandardCharsets.ISO_8859_1)).contains(expected());
        }
    }

    private static ByteBuffer remaining(long sent) {
        int number = (int) (sent / BLOCK);
        int offset = (int) (sent % BLOCK);
        return ByteBuffer.wrap(block(number), offset, BLOCK - offset);
    }

    /** Sends until nothing has gone for half a second. */
    private static long sendUntilFull(SocketChannel client) {
        var sent = new AtomicLong();
        Awaitility.await().pollInterval(Duration.ofMillis(10)).during(Duration.ofMillis(500)).atMost(Duration.ofSeconds(20))
                .until(() -> {
                    int count = client.write(remaining(sent.get()));
                    sent.addAndGet(count);
                    return count == 0;
                });
        return sent.get();
    }

    @Test
    void writesNoFurtherThanTheClientReads() throws Exception {
        try (SocketChannel client = connect()) {
            client.write(text("GET /blocks HTTP/1.1\r\nHost: h\r\n\r\n"));
            var last = new AtomicLong(-1);
            Awaitility.await().during(Duration.ofMillis(500)).atMost(Duration.ofSeconds(20))
                    .until(() -> last.getAndSet(written.get()) == written.get());
            assertThat(written.get()).isLessThan(SOCKETS_HOLD);
            // a thread of its own: the common pool may have one only, which another test keeps
            CompletableFuture<Long> rest = CompletableFuture.supplyAsync(() -> readAll(client),
                    task -> Thread.ofPlatform().daemon().start(task));
            Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> written.get() == LENGTH);
            client.shutdownOutput();
            assertThat(rest.get()).isGreaterThan(LENGTH);
        }
    }

    private static long readAll(SocketChannel client) {
        var buffer = ByteBuffer.allocate(1 << 20);
        long count = 0;
        try {
            for (int n = client.read(buffer); n >= 0; n = client.read(buffer.clear())) {
                count += n;
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return count;
    }

    private SocketChannel connect() throws IOException {
        SocketChannel client = SocketChannel.open();
        client.setOption(StandardSocketOptions.SO_RCVBUF, 64 * 1024);
        client.connect(new InetSocketAddress("127.0.0.1", server.port()));
        return client;
    }

    private static ByteBuffer text(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    @Test
    void keepsTheFieldsBehindABody() throws IOException {
        try (TestServer server = TestServer.start(HttpRouting.builder().post("/", (request, response) -> {
            var trailers = (RequestTrailers) request;
            int before = trailers.trailers().size();
            String body = request.content().as(String.class);
            response.send(before + " " + body + " " + trailers.trailers().stream()
                    .map(field -> field.name() + "=" + String.join("|", field.allValues())).sorted().toList()
                    + " " + request.headers().contains(HeaderNames.create("X-Sum")));
        })); RawClient client = RawClient.connect(server.port())) {
            String head = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nwiki\r\n0\r\n";
            client.send(head + "X-Sum: \t42 \r\nContent-Length: 9\r\nHOST: evil\r\nAuthorization: Basic eA==\r\nx-sum:43\r\nX-Long: "
                    + "y".repeat(1000) + "\r\n\r\n");
            assertThat(client.readResponse().body())
                    .isEqualTo("0 wiki [X-Long=" + "y".repeat(1000) + ", X-Sum=42|43] false");
            client.send(head + "\r\n");
            assertThat(client.readResponse().body()).isEqualTo("0 wiki [] false");
            client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nwiki");
            assertThat(client.readResponse().body()).isEqualTo("0 wiki [] false");
        }
    }
}
