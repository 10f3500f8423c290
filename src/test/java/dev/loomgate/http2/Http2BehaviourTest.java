package dev.loomgate.http2;

import static dev.loomgate.http2.FrameClient.integer;
import static dev.loomgate.http2.FrameClient.section;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import dev.loomgate.guard.Guard;
import dev.loomgate.guard.Reason;
import dev.loomgate.http2.FrameClient.Came;
import dev.loomgate.http2.FrameClient.Response;
import dev.loomgate.testing.ConcurrentClass;
import dev.loomgate.testing.RawClient;
import dev.loomgate.testing.TestServer;
import dev.loomgate.transport.ClientWatch;
import dev.loomgate.transport.FileSink;
import dev.loomgate.transport.ListenerSettings;
import dev.loomgate.transport.RequestTimer;
import dev.loomgate.transport.RequestTrailers;
import dev.loomgate.transport.ThreadModel;
import dev.loomgate.transport.TimeLimit;
import dev.loomgate.transport.TransportLimits;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Status;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What handlers see of requests over HTTP/2, what clients get, and that one stream does not hold up another. */
@ConcurrentClass
class Http2BehaviourTest {
    private static final int ENDS = Frame.END_HEADERS | Frame.END_STREAM;
    private static final AtomicInteger GONE = new AtomicInteger();
    private static final Semaphore GATE = new Semaphore(0);
    private static final Guard GUARD = Guard.none();
    private static TestServer server;

    @BeforeAll
    static void start() {
        var limits = new TransportLimits(Duration.ofSeconds(60), Duration.ofSeconds(30));
        server = Http2Server.start(routing(), new ListenerSettings("h2", "127.0.0.1", 0, 100, ThreadModel.virtual(), limits),
                GUARD, Http2Settings.DEFAULT);
    }

    @AfterAll
    static void stop() {
        server.close();
        GUARD.close();
    }

    private static HttpRouting.Builder routing() {
        return HttpRouting.builder()
                .any("/see", Http2BehaviourTest::see)
                .post("/length", (request, response) -> response.send(String.valueOf(length(request))))
                .post("/trailers", (request, response) -> {
                    long length = length(request);
                    response.send(length + " " + ((RequestTrailers) request).trailers().get(HeaderNames.create("x-sum")).get());
                })
                .any("/bytes", (request, response) -> pour(response, Integer.parseInt(request.query().get("n"))))
                .any("/whole", (request, response) -> response.send(new byte[Integer.parseInt(request.query().get("n"))]))
                .get("/with-trailers", (request, response) -> {
                    response.header(HeaderNames.TRAILER, "x-end");
                    try (OutputStream out = response.outputStream()) {
                        out.write("body".getBytes(StandardCharsets.UTF_8));
                        response.trailers().set(HeaderValues.create("X-End", "yes"));
                    }
                })
                .get("/of-http1", (request, response) -> response.header(HeaderNames.CONNECTION, "close")
                        .header(HeaderNames.create("Keep-Alive"), "timeout=5").header(HeaderNames.UPGRADE, "h3")
                        .header(HeaderNames.create("X-Padded"), "  inner  ").send("fine"))
                .get("/split", (request, response) -> response.header(HeaderNames.create("X-Bad"), "a\r\nb: c").send("fine"))
                .get("/fail", (request, response) -> {
                    throw new IllegalStateException("on purpose");
                })
                .get("/fail-within", (request, response) -> {
                    response.outputStream().write(new byte[20_000]);
                    throw new IllegalStateException("on purpose");
                })
                .get("/short", (request, response) -> {
                    response.header(HeaderNames.CONTENT_LENGTH, "10");
                    response.outputStream().write(1);
                })
                .get("/file", (request, response) -> file(response, Integer.parseInt(request.query().get("n")),
                        Integer.parseInt(request.query().get("announced"))))
                .any("/empty", (request, response) -> response.status(Status.NO_CONTENT_204).send())
                .any("/watch", Http2BehaviourTest::watch)
                .get("/timed", (request, response) -> {
                    RequestTimer timer = ((TimeLimit) request).limitTime(Duration.ofMillis(300));
                    try {
                        if (request.query().contains("pour")) {
                            pour(response, Integer.MAX_VALUE);
                        }
                        Thread.sleep(20_000);
                    } finally {
                        timer.end();
                    }
                })
                .get("/gate", (request, response) -> {
                    GATE.acquire();
                    response.send("open");
                })
                .post("/refuse", (request, response) -> response.status(Status.FORBIDDEN_403).send("no"));
    }

    private static void see(ServerRequest request, ServerResponse response) {
        response.send(request.prologue().rawProtocol() + " " + request.prologue().method() + " " + request.path().path() + " "
                + request.query().rawValue() + " " + request.authority() + " host=" + request.headers().get(HeaderNames.HOST).get()
                + " cookie=" + request.headers().first(HeaderNames.COOKIE).orElse("") + " x="
                + String.join("+", request.headers().all(HeaderNames.create("x"), List::of)));
    }

    private static long length(ServerRequest request) throws IOException {
        return request.content().inputStream().transferTo(OutputStream.nullOutputStream());
    }

    private static void pour(ServerResponse response, int count) throws IOException {
        try (OutputStream out = response.outputStream()) {
            byte[] bytes = new byte[10_000];
            for (int left = count; left > 0; left -= bytes.length) {
                out.write(bytes, 0, Math.min(left, bytes.length));
            }
        }
    }

    /** As many bytes from a file as are announced, though it may have fewer. */
    private static void file(ServerResponse response, int count, int announced) throws IOException {
        Path path = Files.write(Files.createTempFile("h2", null), numbered(count));
        try (FileChannel file = FileChannel.open(path, StandardOpenOption.DELETE_ON_CLOSE, StandardOpenOption.READ)) {
            response.header(HeaderNames.CONTENT_LENGTH, String.valueOf(announced));
            try (OutputStream out = response.outputStream()) {
                ((FileSink) out).transferFrom(file, 0, announced);
            }
        }
    }

    private static byte[] numbered(int count) {
        byte[] bytes = new byte[count];
        for (int i = 0; i < count; i++) {
            bytes[i] = (byte) (i / 251);
        }
        return bytes;
    }

    private static void watch(ServerRequest request, ServerResponse response) throws Exception {
        var gone = new CountDownLatch(1);
        response.outputStream().flush();
        try (ClientWatch.Watch watch = ((ClientWatch) request).onClientGone(gone::countDown)) {
            if (gone.await(20, TimeUnit.SECONDS)) {
                GONE.incrementAndGet();
            }
        }
    }

    private static FrameClient connect() throws IOException {
        return FrameClient.connect(server.port());
    }

    @Test
    void showsHandlersTheRequest() throws Exception {
        try (FrameClient client = connect()) {
            Response response = client.get(1, "/see?a=b&c", "cookie", "a=1", "x", "1", "cookie", "b=2", "x", "2").readResponse(1);
            assertThat(response.text()).isEqualTo("HTTP/2.0 GET /see a=b&c h host=h cookie=a=1; b=2 x=1+2");
            assertThat(response.field("date")).isNotNull();
            assertThat(response.field("content-length")).isEqualTo(String.valueOf(response.body().length));
            client.frame(Frame.HEADERS, ENDS, 3, section(":method", "GET", ":scheme", "http", ":path", "/see", "host", "other:1"));
            assertThat(client.readResponse(3).text()).contains("other:1 host=other:1");
        }
    }

    @Test
    void stillSpeaksHttp1() throws Exception {
        try (RawClient client = RawClient.connect(server.port())) {
            assertThat(client.send("GET /see HTTP/1.1\r\nHost: h\r\n\r\n").readResponse().body()).startsWith("HTTP/1.1 GET");
            // too late for another protocol
            assertThat(client.send(FrameClient.PREFACE).readResponse().status()).isEqualTo(505);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\6\0\0\0\0\0"})
    void endsWhatDoesNotBeginAsItMust(String beginning) throws Exception {
        try (FrameClient client = FrameClient.open(server.port())) {
            client.send(beginning.getBytes(StandardCharsets.ISO_8859_1));
            assertThat(client.outcome()).isEqualTo("GOAWAY PROTOCOL_ERROR");
        }
    }

    /** The settings of both are in force at once. */
    @Test
    void beginsInOneWrite() throws Exception {
        byte[] came = new byte[1_000];
        for (int i = 0; i < 50; i++) {
            try (FrameClient client = FrameClient.open(server.port())) {
                var first = new ByteArrayOutputStream();
                first.writeBytes(FrameClient.PREFACE);
                first.writeBytes(FrameClient.bytes(Frame.SETTINGS, 0, 0));
                int count = client.send(first.toByteArray()).socket().getInputStream().read(came);
                assertThat(count).isEqualTo(Frame.HEADER + 24 + Frame.HEADER + 4 + Frame.HEADER);
                assertThat(Frame.read(came, count - Frame.HEADER)).isEqualTo(new Frame(0, Frame.SETTINGS, Frame.ACK, 0));
            }
        }
    }

    /** But a client may wait for the settings before it says more. */
    @Test
    void doesNotKeepItsSettingsFromAClientThatWaitsForThem() throws Exception {
        try (FrameClient client = FrameClient.open(server.port())) {
            assertThat(client.send(FrameClient.PREFACE).read().type()).isEqualTo(Frame.SETTINGS);
        }
    }

    @Test
    void readsAPrefaceThatComesOctetByOctet() throws Exception {
        try (FrameClient client = FrameClient.open(server.port())) {
            for (byte octet : FrameClient.PREFACE) {
                client.send(new byte[] {octet});
            }
            client.settings();
            for (byte octet : FrameClient.bytes(Frame.HEADERS, ENDS, 1, FrameClient.request("GET", "/see"))) {
                client.send(new byte[] {octet});
            }
            assertThat(client.readResponse(1).status()).isEqualTo(200);
        }
    }

    @Test
    void takesBodiesWithAndWithoutALength() throws Exception {
        try (FrameClient client = connect()) {
            client.post(1, "/length", "content-length", "3").data(1, "ab", false).data(1, "c", true);
            assertThat(client.readResponse(1).text()).isEqualTo("3");
            client.post(3, "/length").data(3, "", false).data(3, "abcd", false).data(3, "", true);
            assertThat(client.readResponse(3).text()).isEqualTo("4");
            client.frame(Frame.HEADERS, ENDS, 5, FrameClient.request("POST", "/length"));
            assertThat(client.readResponse(5).text()).isEqualTo("0");
        }
    }

    @Test
    void handsOnTrailersBothWays() throws Exception {
        try (FrameClient client = connect()) {
            client.post(1, "/trailers").data(1, "abc", false).frame(Frame.HEADERS, ENDS, 1, section("x-sum", "294"));
            assertThat(client.readResponse(1).text()).isEqualTo("3 294");
            Response response = client.get(3, "/with-trailers", "te", "trailers").readResponse(3);
            assertThat(response.text()).isEqualTo("body");
            assertThat(response.trailers()).containsExactly(new HeaderField("x-end", "yes"));
        }
    }

    @Test
    void writesNoFieldsOfHttp1() throws Exception {
        try (FrameClient client = connect()) {
            Response response = client.get(1, "/of-http1").readResponse(1);
            assertThat(response.fields()).extracting(HeaderField::name)
                    .containsExactlyInAnyOrder(":status", "x-padded", "date", "content-length", "content-type");
            assertThat(response.field("x-padded")).isEqualTo("inner");
            assertThat(client.get(3, "/split").readResponse(3).status()).isEqualTo(500);
        }
    }

    @Test
    void answersHeadAndStatusesWithoutABody() throws Exception {
        try (FrameClient client = connect()) {
            client.frame(Frame.HEADERS, ENDS, 1, FrameClient.request("HEAD", "/whole?n=70000"));
            Came head = client.await(Frame.HEADERS);
            assertThat(head.has(Frame.END_STREAM)).isTrue();
            assertThat(client.get(3, "/empty").readResponse(3).body()).isEmpty();
            client.frame(Frame.HEADERS, ENDS, 5, FrameClient.request("HEAD", "/bytes?n=70000"));
            assertThat(client.readResponse(5).body()).isEmpty();
        }
    }

    @Test
    void asksForABodyThatWaits() throws Exception {
        try (FrameClient client = connect()) {
            client.post(1, "/length", "expect", "100-continue");
            assertThat(client.outcome()).isEqualTo("100");
            assertThat(client.data(1, "abc", true).readResponse(1).text()).isEqualTo("3");
            client.post(3, "/refuse", "expect", "100-continue");
            assertThat(client.readResponse(3).status()).isEqualTo(403);
            // nobody wants the body
            assertThat(client.outcome()).isEqualTo("RST_STREAM NO_ERROR");
            assertThat(client.data(3, "too late", true).get(5, "/see").readResponse(5).status()).isEqualTo(200);
        }
    }

    @Test
    void remembersAResetWhileManyOtherStreamsEnd() throws Exception {
        try (FrameClient client = connect()) {
            client.post(1, "/refuse", "expect", "100-continue");
            assertThat(client.readResponse(1).status()).isEqualTo(403);
            assertThat(client.outcome()).isEqualTo("RST_STREAM NO_ERROR");
            for (int stream = 3; stream < 403; stream += 2) {
                assertThat(client.get(stream, "/see").readResponse(stream).status()).isEqualTo(200);
            }
            // a trailer that the client sent before it knew
            client.frame(Frame.HEADERS, ENDS, 1, FrameClient.section("x-sum", "1"));
            assertThat(client.get(403, "/see").readResponse(403).status()).isEqualTo(200);
        }
    }

    @Test
    void breaksAResponseOffThatCantBeCompleted() throws Exception {
        try (FrameClient client = connect()) {
            assertThat(client.get(1, "/fail").readResponse(1).status()).isEqualTo(500);
            for (String path : new String[] {"/short", "/fail-within"}) {
                int stream = path.length() * 2 + 1;
                client.get(stream, path);
                assertThatThrownBy(() -> client.readResponse(stream))
                        .isInstanceOf(EOFException.class).hasMessage("RST_STREAM INTERNAL_ERROR");
            }
            assertThat(client.get(99, "/see").readResponse(99).status()).isEqualTo(200);
        }
    }

    @Test
    void sendsFilesAsTheyAre() throws Exception {
        try (FrameClient client = FrameClient.connect(server.port(), 4, 1 << 20); FrameClient narrow = connect()) {
            client.frame(Frame.WINDOW_UPDATE, 0, 0, integer(1 << 20));
            for (int count : new int[] {1, Frame.PIECE, Frame.PIECE + 1, Frame.RUN, 3 * Frame.RUN + 5}) {
                int stream = 2 * count + 1;
                for (FrameClient one : List.of(client, narrow)) {
                    Response response = one.get(stream, "/file?n=" + count + "&announced=" + count).readResponse(stream);
                    assertThat(response.body()).isEqualTo(numbered(count));
                }
            }
            client.get(999_999, "/file?n=20000&announced=80000");
            assertThatThrownBy(() -> client.readResponse(999_999)).hasMessage("RST_STREAM INTERNAL_ERROR");
        }
    }

    /** A short one is there as soon as its header is. */
    @Test
    void writesTheHeaderOfAFileWithTheFile() throws Exception {
        try (FrameClient client = connect()) {
            byte[] came = new byte[10_000];
            client.frame(Frame.WINDOW_UPDATE, 0, 0, integer(1 << 20));
            for (int stream = 1; stream < 200; stream += 2) {
                client.get(stream, "/file?n=1000&announced=1000");
                int count = client.socket().getInputStream().read(came);
                assertThat(count).isEqualTo(2 * Frame.HEADER + Frame.read(came, 0).length() + 1000);
            }
        }
    }

    @Test
    void keepsToTheWindowsOfTheClient() throws Exception {
        // no stream may send a byte before its window is opened
        try (FrameClient client = FrameClient.connect(server.port(), 4, 0)) {
            client.get(1, "/whole?n=5").get(3, "/empty");
            assertThat(client.await(Frame.HEADERS).stream()).isIn(1, 3);
            assertThat(client.await(Frame.HEADERS).stream()).isIn(1, 3);
            client.frame(Frame.WINDOW_UPDATE, 0, 1, integer(2));
            assertThat(client.await(Frame.DATA).payload()).hasSize(2);
            client.settings(4, 1);
            assertThat(client.await(Frame.DATA).payload()).hasSize(1);
            // a window may become negative: then opening it to nothing opens nothing (section 6.9.2)
            client.settings(4, 0).settings(4, 1).frame(Frame.WINDOW_UPDATE, 0, 1, integer(2));
            Came last = client.await(Frame.DATA);
            assertThat(last.payload()).hasSize(2);
            assertThat(last.has(Frame.END_STREAM)).isTrue();
        }
    }

    @Test
    void keepsToTheWindowOfTheConnection() throws Exception {
        try (FrameClient client = FrameClient.connect(server.port(), 4, 1 << 20)) {
            client.get(1, "/bytes?n=200000").get(3, "/bytes?n=200000");
            int came = 0;
            while (came < 65_535) {
                came += client.await(Frame.DATA).payload().length;
            }
            assertThat(came).isEqualTo(65_535);
            // nothing more comes before the window is opened, but what needs none does
            client.get(5, "/empty");
            while (client.await(Frame.HEADERS).stream() != 5) {
                assertThat(client.socket().isClosed()).isFalse();
            }
            client.frame(Frame.WINDOW_UPDATE, 0, 0, integer(400_000));
            while (came < 400_000) {
                came += client.await(Frame.DATA).payload().length;
            }
        }
    }

    @Test
    void bigUploadIsBoundedByTheStreamsWindowAndHoldsUpNoOther() throws Exception {
        GATE.drainPermits();
        try (FrameClient client = connect()) {
            client.frame(Frame.HEADERS, Frame.END_HEADERS, 1, FrameClient.request("GET", "/gate"));
            for (int sent = 0; sent < Streams.STREAM_WINDOW; sent += Frame.LARGEST) {
                client.frame(Frame.DATA, 0, 1, new byte[Frame.LARGEST]);
            }
            // another upload passes by
            client.post(3, "/length").data(3, "abc", true);
            assertThat(client.readResponse(3).text()).isEqualTo("3");
            GATE.release();
            assertThat(client.readResponse(1).text()).isEqualTo("open");
        }
    }

    @Test
    void letsTheClientGoOnAsTheHandlerReads() throws Exception {
        try (FrameClient client = connect()) {
            client.post(1, "/length");
            int allowed = Streams.STREAM_WINDOW;
            int left = 1_000_000;
            int all = Streams.CONNECTION_WINDOW;
            while (left > 0) {
                int part = Math.min(left, Math.min(Frame.LARGEST, Math.min(allowed, all)));
                if (part > 0) {
                    client.frame(Frame.DATA, part == left ? Frame.END_STREAM : 0, 1, new byte[part]);
                    left -= part;
                    allowed -= part;
                    all -= part;
                } else {
                    Came update = client.await(Frame.WINDOW_UPDATE);
                    allowed += update.stream() == 1 ? update.integer(0) : 0;
                    all += update.stream() == 0 ? update.integer(0) : 0;
                }
            }
            assertThat(client.readResponse(1).text()).isEqualTo("1000000");
        }
    }

    @Test
    void tellsAHandlerThatItsStreamWasReset() throws Exception {
        int before = GONE.get();
        try (FrameClient client = connect()) {
            client.get(1, "/watch").get(3, "/watch");
            client.await(Frame.HEADERS);
            client.await(Frame.HEADERS);
            client.frame(Frame.RST_STREAM, 0, 1, integer(8));
            await().until(() -> GONE.get() == before + 1);
            // and a watch of a request that has ended is told nothing
            assertThat(client.get(5, "/see").readResponse(5).status()).isEqualTo(200);
            assertThat(GONE).hasValue(before + 1);
        }
        await().until(() -> GONE.get() == before + 2);
    }

    @Test
    void endsTheWriterOfAStreamThatWasReset() throws Exception {
        try (FrameClient client = connect()) {
            client.get(1, "/bytes?n=100000000");
            client.await(Frame.DATA);
            client.frame(Frame.RST_STREAM, 0, 1, integer(8));
            client.frame(Frame.WINDOW_UPDATE, 0, 0, integer(1 << 20));
            assertThat(client.get(3, "/see").readResponse(3).status()).isEqualTo(200);
            await().until(() -> server.listener().streamCount() == 0);
        }
    }

    @Test
    void endsARequestThatTakesTooLongAndNoOther() throws Exception {
        GATE.drainPermits();
        long late = GUARD.rejections().count(Reason.REQUEST_TIME);
        try (FrameClient client = FrameClient.connect(server.port(), 4, 1 << 30)) {
            client.frame(Frame.WINDOW_UPDATE, 0, 0, integer(1 << 30));
            client.get(1, "/gate").get(3, "/timed").get(5, "/timed?pour");
            // it does not read meanwhile: the thread that is interrupted is one that waits to write to the socket that all share
            await().until(() -> GUARD.rejections().count(Reason.REQUEST_TIME) == late + 2);
            assertThat(client.awaitReset(5)).isEqualTo(ErrorCode.INTERNAL_ERROR);
            GATE.release();
            assertThat(client.readResponse(1).text()).isEqualTo("open");
        }
    }

    @Test
    void aResponseOfWhichAPartIsMissingIsNotEnded() throws Exception {
        long before = GUARD.rejections().count(Reason.REQUEST_TIME);
        try (FrameClient client = connect()) {
            client.get(1, "/timed?pour");
            // interrupted when it waits for the client to allow more
            await().until(() -> GUARD.rejections().count(Reason.REQUEST_TIME) == before + 1);
            assertThat(client.awaitReset(1)).isEqualTo(ErrorCode.INTERNAL_ERROR);
        }
    }

    @Test
    void refusesMoreStreamsThanItAllows() throws Exception {
        GATE.drainPermits();
        try (FrameClient client = connect()) {
            for (int i = 0; i < 100; i++) {
                client.get(2 * i + 1, "/gate");
            }
            await().until(() -> server.listener().streamCount() >= 100);
            assertThat(client.get(201, "/see").outcome()).isEqualTo("RST_STREAM REFUSED_STREAM");
            GATE.release();
            assertThat(client.outcome()).isEqualTo("200");
            assertThat(client.get(203, "/see").outcome()).isEqualTo("200");
            GATE.release(99);
        }
    }

    @Test
    void drainWaitsForAClientThatReadsSlowly() throws Exception {
        TestServer own = Http2Server.start(routing());
        try (FrameClient client = FrameClient.connect(own.port(), 4, 1 << 30)) {
            client.frame(Frame.WINDOW_UPDATE, 0, 0, integer(1 << 30));
            client.get(1, "/whole?n=4000000");
            client.await(Frame.HEADERS);
            Thread drain = Thread.ofVirtual().start(() -> own.listener().drain(Duration.ofSeconds(30)));
            int received = 0;
            for (boolean ended = false; !ended;) {
                Came frame = client.read();
                if (frame.type() == Frame.DATA) {
                    received += frame.payload().length;
                    ended = frame.has(Frame.END_STREAM);
                    // as clients do, also after the server has said all that it has to say
                    client.frame(Frame.WINDOW_UPDATE, 0, 0, integer(1));
                    Thread.sleep(15);
                }
            }
            assertThat(received).isEqualTo(4_000_000);
            client.close();
            assertThat(drain.join(Duration.ofSeconds(20))).isTrue();
        } finally {
            own.close();
        }
    }

    @Test
    void tellsOfSmallerTablesOfFields() throws Exception {
        try (FrameClient client = FrameClient.connect(server.port(), 1, 0)) {
            Came head = client.get(1, "/see").await(Frame.HEADERS);
            assertThat(head.payload()[0]).isEqualTo(HpackEncoder.EMPTY_TABLE);
            head = client.get(3, "/see").await(Frame.HEADERS);
            assertThat(head.payload()[0]).isNotEqualTo(HpackEncoder.EMPTY_TABLE);
        }
    }

    @Test
    void drainLosesNoRequest() throws Exception {
        // again if this client was kept from answering for longer than the second that it has
        for (int late = 0; !drainsInTime(); late++) {
            assertThat(late).as("times that this client was late").isLessThan(5);
        }
    }

    private static boolean drainsInTime() throws Exception {
        GATE.drainPermits();
        TestServer own = Http2Server.start(routing());
        try (FrameClient client = FrameClient.connect(own.port()); FrameClient quiet = FrameClient.connect(own.port())) {
            client.get(1, "/gate");
            await().until(() -> own.listener().streamCount() == 1);
            long begun = System.nanoTime();
            Thread drain = Thread.ofVirtual().start(() -> own.listener().drain(Duration.ofSeconds(20)));
            Came first = client.await(Frame.GOAWAY);
            assertThat(first.integer(0)).isEqualTo(Integer.MAX_VALUE);
            // on its way before the client has heard of it
            client.get(3, "/gate");
            Came ping = client.await(Frame.PING);
            client.frame(Frame.PING, Frame.ACK, 0, ping.payload());
            Came last = client.await(Frame.GOAWAY);
            if (last.integer(0) == 1 && System.nanoTime() - begun > 1_000_000_000L) {
                GATE.release();
                assertThat(client.readResponse(1).text()).isEqualTo("open");
                return false;
            }
            assertThat(last.integer(0)).isEqualTo(3);
            assertThat(client.get(5, "/see").outcome()).isEqualTo("RST_STREAM REFUSED_STREAM");
            GATE.release(2);
            assertThat(client.readResponse(1).text()).isEqualTo("open");
            assertThat(client.readResponse(3).text()).isEqualTo("open");
            assertThat(client.isClosedByServer()).isTrue();
            // a client that answers no ping does not keep the server
            assertThat(quiet.await(Frame.GOAWAY).integer(0)).isEqualTo(Integer.MAX_VALUE);
            assertThat(quiet.isClosedByServer()).isTrue();
            client.close();
            quiet.close();
            assertThat(drain.join(Duration.ofSeconds(20))).isTrue();
            return true;
        } finally {
            own.close();
        }
    }
}
