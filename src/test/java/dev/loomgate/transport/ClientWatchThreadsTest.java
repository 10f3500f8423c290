package dev.loomgate.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicInteger;

import dev.loomgate.testing.RawClient;
import dev.loomgate.testing.TestServer;
import io.helidon.webserver.http.HttpRouting;
import jdk.jfr.consumer.RecordingStream;
import org.junit.jupiter.api.Test;

/** What a watch costs; nothing else may start threads in this process meanwhile. */
class ClientWatchThreadsTest {
    @Test
    void startsNoThreadForARequestThatIsAnsweredAtOnce() throws Exception {
        try (var started = new RecordingStream()) {
            started.enable("jdk.VirtualThreadStart");
            var threads = new AtomicInteger();
            started.onEvent("jdk.VirtualThreadStart", event -> threads.incrementAndGet());
            started.startAsync();
            try (TestServer server = TestServer.start(HttpRouting.builder().get("/watched", (request, response) -> {
                try (var watch = ((ClientWatch) request).onClientGone(() -> { })) {
                    response.send("watched");
                }
            })); RawClient client = RawClient.connect(server.port())) {
                for (int i = 0; i < 200; i++) {
                    client.send("GET /watched HTTP/1.1\r\nHost: h\r\n\r\n");
                    assertThat(client.readResponse().body()).isEqualTo("watched");
                }
            }
            started.stop();
            // the connection's own, and one for each sweep that happened to come within a request: on a machine that is slow, some more
            assertThat(threads.get()).isLessThan(100);
        }
    }
}
