package dev.loomgate.http2;

import static dev.loomgate.http2.FrameClient.bytes;
import static dev.loomgate.http2.FrameClient.integer;
import static dev.loomgate.http2.FrameClient.request;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.SocketException;
import java.time.Duration;
import java.util.List;
import java.util.Random;

import dev.loomgate.guard.Guard;
import dev.loomgate.testing.Footprint;
import dev.loomgate.testing.LogCapture;
import dev.loomgate.testing.Mutation;
import dev.loomgate.testing.TestServer;
import dev.loomgate.transport.ListenerSettings;
import io.helidon.webserver.http.HttpRouting;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/** Mutants of frames, and frames in any order, sent to a server that must answer in frames, end, and leak nothing. */
class FrameFuzz {
    private static final int ENDS = Frame.END_HEADERS | Frame.END_STREAM;
    private static final int WARM_UP = 500;

    private static TestServer server;
    private static Footprint before;
    private static LogCapture connections;
    private static LogCapture requests;

    @BeforeContainer
    static void start() throws IOException {
        var limits = new Http2Settings(10, 2048, 4096, 50, 1 << 20, Duration.ofSeconds(3), Duration.ofSeconds(3), 0, 0, 1 << 20);
        server = Http2Server.start(HttpRouting.builder().any((request, response) -> {
            byte[] body = request.content().inputStream().readAllBytes();
            response.send(request.path().rawPath() + " " + body.length);
        }), ListenerSettings.local(0), Guard.none(), limits);
        var random = new Random(1);
        for (int i = 0; i < WARM_UP; i++) {
            exchange(random);
        }
        await().until(() -> server.listener().connectionCount() == 0);
        connections = LogCapture.of("dev.loomgate.transport.Connection");
        requests = LogCapture.of("dev.loomgate.http.Dispatch");
        before = Footprint.now();
    }

    @AfterContainer
    static void stop() {
        try {
            await().atMost(Duration.ofSeconds(30)).until(() -> server.listener().connectionCount() == 0);
            assertThat(server.listener().streamCount()).isZero();
            assertThat(connections.lines()).noneMatch(line -> line.startsWith("ERROR"));
            assertThat(requests.lines()).noneMatch(line -> line.startsWith("ERROR"));
            before.assertNothingLeaked();
        } finally {
            connections.close();
            requests.close();
            server.close();
        }
    }

    private static byte[] frame(Random random) {
        int stream = 1 + 2 * random.nextInt(4);
        List<byte[]> frames = List.of(
                bytes(Frame.HEADERS, ENDS, stream, request("GET", "/a")),
                bytes(Frame.HEADERS, Frame.END_HEADERS, stream, request("POST", "/b", "content-length", "5")),
                bytes(Frame.HEADERS, ENDS | Frame.PADDED | Frame.WITH_PRIORITY, stream, new byte[] {3, 0, 0, 0, 0, 9},
                        request("GET", "/c"), new byte[3]),
                bytes(Frame.HEADERS, 0, stream, request("POST", "/d")),
                bytes(Frame.CONTINUATION, Frame.END_HEADERS, stream, FrameClient.section("x", "y")),
                bytes(Frame.DATA, random.nextInt(2), stream, "12345".getBytes()),
                bytes(Frame.DATA, Frame.PADDED | 1, stream, new byte[] {2, '1', '2', '3', '4', '5', 0, 0}),
                bytes(Frame.RST_STREAM, 0, stream, integer(8)),
                bytes(Frame.WINDOW_UPDATE, 0, random.nextBoolean() ? 0 : stream, integer(random.nextInt(1000))),
                bytes(Frame.SETTINGS, 0, 0, new byte[] {0, 4, 0, 0, 0, (byte) random.nextInt(256), 0, 1, 0, 0, 0, 0}),
                bytes(Frame.PING, 0, 0, new byte[8]), bytes(Frame.PRIORITY, 0, stream, new byte[5]),
                bytes(Frame.GOAWAY, 0, 0, new byte[9]), bytes(0x20 + random.nextInt(200), random.nextInt(256), stream, new byte[7]));
        byte[] frame = frames.get(random.nextInt(frames.size()));
        return random.nextInt(4) == 0 ? Mutation.of(frame, random) : frame;
    }

    @Property(tries = 20_000, shrinking = ShrinkingMode.OFF, edgeCases = EdgeCasesMode.NONE)
    void whateverComesIsAnsweredInFramesAndEnds(@ForAll Random random) throws IOException {
        exchange(random);
    }

    private static void exchange(Random random) throws IOException {
        var sent = new ByteArrayOutputStream();
        boolean mutated = random.nextInt(50) == 0;
        sent.writeBytes(mutated ? Mutation.of(FrameClient.PREFACE, random) : FrameClient.PREFACE);
        sent.writeBytes(bytes(Frame.SETTINGS, 0, 0));
        for (int frames = random.nextInt(12); frames > 0; frames--) {
            sent.writeBytes(frame(random));
        }
        try (FrameClient client = FrameClient.open(server.port())) {
            client.send(sent.toByteArray());
            client.socket().shutdownOutput();
            // what comes consists of frames to its end, or is the refusal of what is no HTTP/2
            if (mutated) {
                client.socket().getInputStream().readAllBytes();
            } else {
                assertThat(client.isClosedByServer()).isTrue();
            }
        } catch (SocketException reset) {
            assertThat(reset.getMessage()).containsAnyOf("reset", "Broken pipe");
        }
    }
}
