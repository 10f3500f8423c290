package dev.loomgate.http2;

import static dev.loomgate.http2.FrameClient.integer;
import static dev.loomgate.http2.FrameClient.request;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.SocketException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.function.IntFunction;
import java.util.stream.Stream;

import dev.loomgate.guard.Guard;
import dev.loomgate.guard.GuardSettings;
import dev.loomgate.guard.RateLimit;
import dev.loomgate.guard.Reason;
import dev.loomgate.testing.ConcurrentClass;
import dev.loomgate.testing.TestServer;
import dev.loomgate.transport.ClientWatch;
import dev.loomgate.transport.ListenerSettings;
import dev.loomgate.transport.ThreadModel;
import dev.loomgate.transport.TransportLimits;
import io.helidon.webserver.http.HttpRouting;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients that want the server to work for nothing (RFC 9113 section 10.5), or that take their time: each is ended, and counted. */
@ConcurrentClass
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FloodTest {
    private static final int ENDS = Frame.END_HEADERS | Frame.END_STREAM;
    private static final int MANY = 3_000;

    private Guard guard = Guard.none();
    private TestServer server;

    @AfterEach
    @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void stop() {
        if (server != null) {
            server.close();
        }
        guard.close();
    }

    private void start(RateLimit requests, TransportLimits limits, Http2Settings http2) {
        guard = Guard.open(GuardSettings.builder().requests(requests).build());
        server = Http2Server.start(HttpRouting.builder()
                .any("/ok", (request, response) -> response.send("fine"))
                .post("/read", (request, response) -> response.send("read " + request.content().as(byte[].class).length))
                .get("/large", (request, response) -> response.send(new byte[1_000_000]))
                .any("/hold", (request, response) -> {
                    var thread = Thread.currentThread();
                    try (ClientWatch.Watch watch = ((ClientWatch) request).onClientGone(thread::interrupt)) {
                        Thread.sleep(20_000);
                    }
                }), new ListenerSettings("h2", "127.0.0.1", 0, 100, ThreadModel.virtual(), limits), guard, http2);
    }

    private void start() {
        start(RateLimit.OFF, TransportLimits.DEFAULT, Http2Settings.DEFAULT);
    }

    private long count(String reason) {
        return guard.rejections().count(Reason.valueOf(reason.toUpperCase(Locale.ROOT).replace('-', '_')));
    }

    private static Arguments flood(String name, String reason, IntFunction<byte[]> nth) {
        return Arguments.of(name, reason, nth);
    }

    static Stream<Arguments> floods() {
        byte[] get = request("GET", "/ok");
        return Stream.of(
            flood("PING", "frames", i -> FrameClient.bytes(Frame.PING, 0, 0, new byte[8])),
            flood("SETTINGS", "frames", i -> FrameClient.bytes(Frame.SETTINGS, 0, 0, new byte[] {0, 3, 0, 0, 0, 9})),
            flood("hundred SETTINGS at once", "frames", i -> FrameClient.bytes(Frame.SETTINGS, 0, 0, new byte[600])),
            flood("room for a byte at a time", "frames", i -> i == 0 ? join(
                FrameClient.bytes(Frame.SETTINGS, 0, 0, new byte[] {0, 4, 0, 0, 0, 1}),
                FrameClient.bytes(Frame.HEADERS, ENDS, 1, request("GET", "/large")))
                : FrameClient.bytes(Frame.WINDOW_UPDATE, 0, 1, integer(1))),
            flood("acknowledged SETTINGS", "frames", i -> FrameClient.bytes(Frame.SETTINGS, Frame.ACK, 0)),
            flood("PRIORITY", "frames", i -> FrameClient.bytes(Frame.PRIORITY, 0, 2 * i + 1, integer(0), new byte[1])),
            flood("unknown frames", "frames", i -> FrameClient.bytes(99, 0, 0)),
            flood("WINDOW_UPDATE", "frames", i -> FrameClient.bytes(Frame.WINDOW_UPDATE, 0, 0, integer(1))),
            flood("empty DATA", "frames", i -> i == 0 ? FrameClient.bytes(Frame.HEADERS, Frame.END_HEADERS, 1,
                request("POST", "/hold")) : FrameClient.bytes(Frame.DATA, 0, 1)),
            flood("DATA of padding", "frames", i -> i == 0 ? FrameClient.bytes(Frame.HEADERS, Frame.END_HEADERS, 1,
                request("POST", "/hold")) : FrameClient.bytes(Frame.DATA, Frame.PADDED, 1, new byte[] {9}, new byte[9])),
            flood("empty CONTINUATION", "frames", i -> i == 0 ? FrameClient.bytes(Frame.HEADERS, Frame.END_STREAM, 1, get)
                : FrameClient.bytes(Frame.CONTINUATION, 0, 1)),
            flood("CONTINUATION without end", "header", i -> i == 0 ? FrameClient.bytes(Frame.HEADERS, Frame.END_STREAM, 1, get)
                : FrameClient.bytes(Frame.CONTINUATION, 0, 1, new byte[1000])),
            flood("rapid reset", "resets", i -> join(FrameClient.bytes(Frame.HEADERS, ENDS, 2 * i + 1, request("GET", "/hold")),
                FrameClient.bytes(Frame.RST_STREAM, 0, 2 * i + 1, integer(8)))),
            flood("streams that the server must reset", "resets", i -> join(
                FrameClient.bytes(Frame.HEADERS, ENDS, 2 * i + 1, request("GET", "/hold")),
                FrameClient.bytes(Frame.WINDOW_UPDATE, 0, 2 * i + 1, integer(Integer.MAX_VALUE)))),
            flood("streams above the limit", "resets", i -> FrameClient.bytes(Frame.HEADERS, ENDS, 2 * i + 1,
                request("GET", "/hold"))),
            flood("malformed requests", "resets", i -> FrameClient.bytes(Frame.HEADERS, ENDS, 2 * i + 1,
                request("GET", "/ok", "Bad", "x"))));
    }

    private static byte[] join(byte[]... parts) {
        var all = new ByteArrayOutputStream();
        Arrays.stream(parts).forEach(all::writeBytes);
        return all.toByteArray();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("floods")
    void endsFloods(String name, String reason, IntFunction<byte[]> nth) throws Exception {
        start();
        try (FrameClient other = FrameClient.connect(server.port())) {
            try (FrameClient client = FrameClient.connect(server.port())) {
                flood(client, nth);
                assertThat(client.isClosedByServer()).isTrue();
            }
            await("the flood is counted").until(() -> count(reason) == 1);
            assertThat(other.get(1, "/ok").readResponse(1).text()).isEqualTo("fine");
            // nothing of it is left at work
            await("the flood's requests end").until(() -> server.listener().streamCount() == 0
                    && server.listener().connectionCount() == 1);
        }
    }

    private static void flood(FrameClient client, IntFunction<byte[]> nth) throws IOException {
        try {
            for (int i = 0; i < MANY; i++) {
                client.send(nth.apply(i));
            }
        } catch (SocketException e) {
            // closed before all of it was sent
            assertThat(client.socket().isClosed()).isFalse();
        }
    }

    @Test
    void saysWhy() throws Exception {
        start();
        try (FrameClient client = FrameClient.connect(server.port())) {
            byte[] acknowledgements = new byte[9 * 2_000];
            for (int i = 0; i < 2_000; i++) {
                System.arraycopy(FrameClient.bytes(Frame.SETTINGS, Frame.ACK, 0), 0, acknowledgements, 9 * i, 9);
            }
            assertThat(client.send(acknowledgements).outcome()).isEqualTo("GOAWAY ENHANCE_YOUR_CALM");
        }
    }

    @Test
    void boundsWhatASmallFieldSectionMayBecome() throws Exception {
        start();
        try (FrameClient client = FrameClient.connect(server.port())) {
            // a field of 4000 octets in the table, and a reference of one octet to it, again and again
            var section = new ByteArrayOutputStream();
            section.writeBytes(request("GET", "/ok"));
            section.write(0x40);
            section.writeBytes(new byte[] {1, 'x', 0x7f, (byte) 0xa1, 0x1e});
            section.writeBytes("a".repeat(4000).getBytes());
            byte[] references = new byte[10_000];
            Arrays.fill(references, (byte) 0xbe);
            section.writeBytes(references);
            client.frame(Frame.HEADERS, ENDS, 1, section.toByteArray());
            assertThat(client.outcome()).isEqualTo("431");
            await().until(() -> count("header") == 1);
            assertThat(client.get(3, "/ok").readResponse(3).text()).isEqualTo("fine");
        }
    }

    @Test
    void holdsRequestsToTheRateOfAConnection() throws Exception {
        start(new RateLimit(10, 20), TransportLimits.DEFAULT, Http2Settings.DEFAULT);
        try (FrameClient client = FrameClient.connect(server.port())) {
            for (int i = 0; i < 60; i++) {
                client.get(2 * i + 1, "/ok");
            }
            assertThat(client.isClosedByServer()).isTrue();
            await().until(() -> count("requests-of-connection") == 1);
        } catch (SocketException e) {
            await().until(() -> count("requests-of-connection") == 1);
        }
    }

    @Test
    void endsConnectionsThatBeginAFrameAndNoMore() throws Exception {
        var http2 = new Http2Settings(100, 8192, 32_768, 100, 1 << 20, Duration.ofMillis(300), Duration.ofMillis(300), 0, 0, 1 << 20);
        start(RateLimit.OFF, TransportLimits.DEFAULT, http2);
        byte[] whole = FrameClient.bytes(Frame.HEADERS, Frame.END_STREAM, 1, request("GET", "/ok"));
        for (byte[] begun : new byte[][] {Arrays.copyOf(whole, 5), Arrays.copyOf(whole, 12), whole}) {
            try (FrameClient client = FrameClient.connect(server.port())) {
                client.send(begun);
                assertThat(client.isClosedByServer()).isTrue();
            }
        }
        try (FrameClient client = FrameClient.open(server.port())) {
            client.send(Arrays.copyOf(FrameClient.PREFACE, 20));
            assertThat(client.isClosedByServer()).isTrue();
        }
        await().until(() -> count("slow-request") == 4);
    }

    /** Each byte in time, and the whole in none. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void endsConnectionsOfWhichAFrameThatNobodyWantsDripsIn(boolean data) throws Exception {
        var http2 = new Http2Settings(100, 8192, 32_768, 100, 1 << 20, Duration.ofMillis(300), Duration.ofSeconds(60), 0, 0, 1 << 20);
        start(RateLimit.OFF, TransportLimits.DEFAULT, http2);
        try (FrameClient client = FrameClient.connect(server.port())) {
            byte[] frame = FrameClient.bytes(data ? Frame.DATA : 99, 0, 1, new byte[16_000]);
            client.post(1, "/hold").frame(Frame.RST_STREAM, 0, 1, integer(8)).send(Arrays.copyOf(frame, Frame.HEADER));
            await().pollInterval(Duration.ofMillis(50)).until(() -> {
                try {
                    client.send(new byte[1]);
                    return false;
                } catch (SocketException e) {
                    return true;
                }
            });
            await().until(() -> count("slow-request") == 1);
        }
    }

    @Test
    void endsBodiesAndReadersThatAreTooSlowAndNoOthers() throws Exception {
        var http2 = new Http2Settings(100, 8192, 32_768, 100, 1 << 20, Duration.ofSeconds(10), Duration.ofMillis(300), 0, 0, 1 << 20);
        start(RateLimit.OFF, new TransportLimits(Duration.ofSeconds(60), Duration.ofMillis(500)), http2);
        try (FrameClient client = FrameClient.connect(server.port(), 4, 10)) {
            client.post(1, "/read").data(1, "some", false).get(3, "/large");
            // whichever comes first
            int status = 0;
            ErrorCode reset = null;
            while (status == 0 || reset == null) {
                FrameClient.Came came = client.read();
                if (came.type() == Frame.HEADERS) {
                    String value = client.decode(came).getFirst().value();
                    status = came.stream() == 1 ? Integer.parseInt(value) : status;
                } else if (came.type() == Frame.RST_STREAM && came.stream() == 3) {
                    reset = ErrorCode.values()[came.integer(0)];
                }
            }
            assertThat(status).isEqualTo(408);
            assertThat(reset).isEqualTo(ErrorCode.INTERNAL_ERROR);
            // the text of the 408 is not taken either
            await().until(() -> count("slow-request") == 1 && count("slow-reader") == 2);
            assertThat(client.get(5, "/ok").readResponse(5).text()).isEqualTo("fine");
        }
    }

    @Test
    void endsBodiesThatAreTooLarge() throws Exception {
        var http2 = new Http2Settings(100, 8192, 32_768, 100, 1_000, Duration.ofSeconds(10), Duration.ofSeconds(10), 0, 0, 1 << 20);
        start(RateLimit.OFF, TransportLimits.DEFAULT, http2);
        try (FrameClient client = FrameClient.connect(server.port())) {
            client.post(1, "/read", "content-length", "1001");
            assertThat(client.readResponseStatus(1)).isEqualTo(413);
            client.post(3, "/read").frame(Frame.DATA, 0, 3, new byte[600]).frame(Frame.DATA, 0, 3, new byte[600]);
            assertThat(client.readResponseStatus(3)).isEqualTo(413);
            await().until(() -> count("body") == 2);
            assertThat(client.get(5, "/ok").readResponse(5).text()).isEqualTo("fine");
        }
    }

    /** As much as the window of the connection, and more, of bodies that nobody wants: it must be opened for each of them again. */
    @Test
    void losesNoRoomOfTheConnectionToBodiesThatAreTooLarge() throws Exception {
        var http2 = new Http2Settings(100, 8192, 32_768, 100, 1_000, Duration.ofSeconds(10), Duration.ofSeconds(10), 0, 0, 1 << 20);
        start(RateLimit.OFF, TransportLimits.DEFAULT, http2);
        try (FrameClient client = FrameClient.connect(server.port())) {
            int stream = 1;
            for (int sent = 0; sent <= 2 * Streams.CONNECTION_WINDOW; sent += 2 * Frame.LARGEST, stream += 2) {
                client.post(stream, "/read").frame(Frame.DATA, 0, stream, new byte[Frame.LARGEST])
                        .frame(Frame.DATA, 0, stream, new byte[Frame.LARGEST]);
                assertThat(client.readResponseStatus(stream)).isEqualTo(413);
            }
            assertThat(client.get(stream, "/ok").readResponse(stream).text()).isEqualTo("fine");
        }
    }

    /** A client with small frames had room for them all when it sent them; what goes beyond that is counted. */
    @Test
    void countsWhatComesBehindAResetOnlyWhereThereWasNoRoomForIt() throws Exception {
        start();
        try (FrameClient client = FrameClient.connect(server.port())) {
            client.post(1, "/ok").data(1, "some", false);
            assertThat(client.readResponse(1).text()).isEqualTo("fine");
            assertThat(client.awaitReset(1)).isEqualTo(ErrorCode.NO_ERROR);
            var late = new ByteArrayOutputStream();
            for (int i = 0; i < 1_200; i++) {
                late.writeBytes(FrameClient.bytes(Frame.DATA, 0, 1, new byte[20]));
            }
            client.send(late.toByteArray());
            assertThat(client.get(3, "/ok").readResponse(3).text()).isEqualTo("fine");
            assertThat(count("frames")).isZero();
            client.send(late.toByteArray()).send(late.toByteArray());
            assertThat(client.isClosedByServer()).isTrue();
            await().until(() -> count("frames") == 1);
        }
    }

    @Test
    void answersAHeadThatItRefusesWithoutABody() throws Exception {
        start();
        try (FrameClient client = FrameClient.connect(server.port())) {
            client.frame(Frame.HEADERS, Frame.END_HEADERS | Frame.END_STREAM, 1,
                    FrameClient.section(":method", "HEAD", ":scheme", "http", ":path", "/ok"));
            FrameClient.Came head = client.await(Frame.HEADERS);
            assertThat(head.has(Frame.END_STREAM)).isTrue();
            assertThat(client.get(3, "/ok").readResponse(3).text()).isEqualTo("fine");
        }
    }

    @Test
    void closesConnectionsThatAreIdleAndOnlyThose() throws Exception {
        start(RateLimit.OFF, new TransportLimits(Duration.ofSeconds(2), Duration.ofSeconds(30)), Http2Settings.DEFAULT);
        try (FrameClient busy = FrameClient.connect(server.port()).get(1, "/hold");
             FrameClient idle = FrameClient.connect(server.port())) {
            // so that a request that crosses the end may be sent again
            assertThat(idle.await(Frame.GOAWAY).integer(4)).isEqualTo(ErrorCode.NO_ERROR.ordinal());
            assertThat(idle.isClosedByServer()).isTrue();
            await().until(() -> count("idle") == 1);
            // no byte came or went for longer than that
            assertThat(busy.get(3, "/ok").readResponse(3).text()).isEqualTo("fine");
            busy.frame(Frame.RST_STREAM, 0, 1, integer(8));
            assertThat(busy.isClosedByServer()).isTrue();
            await().until(() -> count("idle") == 2);
        }
    }

    @Test
    void servesNobodyTwiceAfterGivingUp() throws IOException {
        start();
        try (FrameClient client = FrameClient.connect(server.port())) {
            client.get(1, "/hold");
            await().until(() -> server.listener().streamCount() == 1);
        }
        await().until(() -> server.listener().connectionCount() == 0 && server.listener().streamCount() == 0);
    }
}
