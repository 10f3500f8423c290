package dev.loomgate.http2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.concurrent.Semaphore;

import dev.loomgate.guard.Guard;
import dev.loomgate.guard.Reason;
import dev.loomgate.testing.TestServer;
import dev.loomgate.transport.ListenerSettings;
import io.helidon.webserver.http.HttpRouting;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Bodies of many requests at once, whose handlers are not at the same time ready to read. */
class UploadTest {
    private final Semaphore gate = new Semaphore(0);
    private final Guard guard = Guard.none();
    private TestServer server;
    /** What the server still lets the client send of all bodies. */
    private long allowed = Streams.CONNECTION_WINDOW;

    private void start(BodyMemory memory, Duration bodyTimeout) {
        var http2 = new Http2Settings(100, 8192, 32_768, 100, 1 << 20, Duration.ofSeconds(10), bodyTimeout, 0, 0, 1 << 20);
        server = Http2Server.start(HttpRouting.builder()
                .post("/length", (request, response) -> response.send(
                        String.valueOf(request.content().inputStream().transferTo(OutputStream.nullOutputStream()))))
                .post("/gate", (request, response) -> {
                    gate.acquire();
                    response.send(String.valueOf(request.content().inputStream().transferTo(OutputStream.nullOutputStream())));
                }), ListenerSettings.local(0), guard, http2, memory);
    }

    @AfterEach
    void stop() {
        gate.release(1_000);
        server.close();
        guard.close();
    }

    /** As much as a stream takes before its handler reads, and waits for the server to allow it. */
    private void fill(FrameClient client, int stream, boolean end) throws IOException {
        for (int left = Streams.STREAM_WINDOW; left > 0; left -= Frame.LARGEST) {
            while (allowed < Frame.LARGEST) {
                awaitRoom(client);
            }
            client.frame(Frame.DATA, end && left == Frame.LARGEST ? Frame.END_STREAM : 0, stream, new byte[Frame.LARGEST]);
            allowed -= Frame.LARGEST;
        }
    }

    private void awaitRoom(FrameClient client) throws IOException {
        FrameClient.Came update = client.await(Frame.WINDOW_UPDATE);
        allowed += update.stream() == 0 ? update.integer(0) : 0;
    }

    /** It has a window of 65,535 bytes then (section 6.9.3), and comes to the smaller one when it knows. */
    @Test
    void takesWhatAClientSendsBeforeItHasHeardOfAnyWindow() throws Exception {
        start(BodyMemory.ofHeap(), Duration.ofSeconds(20));
        try (FrameClient client = FrameClient.open(server.port())) {
            client.send(FrameClient.PREFACE).settings();
            client.post(1, "/gate");
            for (int left = 65_535; left > 0; left -= Frame.LARGEST) {
                client.frame(Frame.DATA, 0, 1, new byte[Math.min(left, Frame.LARGEST)]);
            }
            gate.release();
            int opened = 0;
            while (opened < 65_535) {
                FrameClient.Came update = client.await(Frame.WINDOW_UPDATE);
                opened += update.stream() == 1 ? update.integer(0) : 0;
            }
            client.frame(Frame.SETTINGS, Frame.ACK, 0).data(1, "more", true);
            assertThat(client.readResponse(1).text()).isEqualTo("65539");
            // which it keeps to from then on
            client.post(3, "/gate");
            for (int i = 0; i < 3; i++) {
                client.frame(Frame.DATA, 0, 3, new byte[Frame.LARGEST]);
            }
            assertThat(client.awaitReset(3)).isEqualTo(ErrorCode.FLOW_CONTROL_ERROR);
        }
    }

    @Test
    void thoseThatWaitHoldUpNoOther() throws Exception {
        start(BodyMemory.ofHeap(), Duration.ofSeconds(20));
        try (FrameClient client = FrameClient.connect(server.port())) {
            int stream = 1;
            for (; stream < 180; stream += 2) {
                client.post(stream, "/gate");
                fill(client, stream, false);
            }
            client.post(stream, "/length");
            fill(client, stream, true);
            assertThat(client.readResponse(stream).text()).isEqualTo("32768");
            gate.release(100);
            // with more, as soon as its handler reads
            int grown = 0;
            while (grown < Streams.READ_WINDOW - Streams.STREAM_WINDOW) {
                FrameClient.Came update = client.await(Frame.WINDOW_UPDATE);
                grown += update.stream() == 1 ? update.integer(0) : 0;
            }
            client.frame(Frame.DATA, Frame.END_STREAM, 1);
            assertThat(client.readResponse(1).text()).isEqualTo("32768");
        }
    }

    @Test
    void clientsThatHaveToWaitForMemoryAreNotSlow() throws Exception {
        start(new BodyMemory(3 * Streams.CONNECTION_WINDOW), Duration.ofSeconds(3));
        try (FrameClient client = FrameClient.connect(server.port())) {
            int stream = 1;
            // to the half of it there is memory for all; then only as much comes as the connection's window was open for
            for (; allowed >= 2 * Frame.LARGEST || stream < 100; stream += 2) {
                client.post(stream, "/gate");
                fill(client, stream, true);
            }
            client.post(stream, "/length");
            await().during(Duration.ofSeconds(4)).until(() -> guard.rejections().count(Reason.SLOW_REQUEST) == 0);
            gate.release(100);
            fill(client, stream, true);
            assertThat(client.readResponse(stream).text()).isEqualTo("32768");
        }
    }

    @Test
    void endsWhatThereIsNoMemoryFor() throws Exception {
        start(new BodyMemory(Streams.STREAM_WINDOW), Duration.ofSeconds(20));
        try (FrameClient client = FrameClient.connect(server.port())) {
            client.post(1, "/gate").post(3, "/gate").post(5, "/length");
            // it is told that its handler reads
            assertThat(client.await(Frame.WINDOW_UPDATE).stream()).isEqualTo(5);
            fill(client, 1, true);
            client.data(3, "a", true);
            assertThat(client.awaitReset(3)).isEqualTo(ErrorCode.ENHANCE_YOUR_CALM);
            assertThat(guard.rejections().count(Reason.HEAP)).isEqualTo(1);
            // but what is read at once needs none
            fill(client, 5, true);
            assertThat(client.readResponse(5).text()).isEqualTo("32768");
            gate.release(2);
            assertThat(client.readResponse(1).text()).isEqualTo("32768");
            client.post(7, "/gate");
            fill(client, 7, true);
            gate.release();
            assertThat(client.readResponse(7).text()).isEqualTo("32768");
        }
    }
}
