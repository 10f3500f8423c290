package dev.loomgate.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;

import dev.loomgate.testing.RawClient;
import dev.loomgate.testing.TestServer;
import io.helidon.webserver.http.HttpRouting;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Responses of which the handler writes every byte, as NPH scripts do (RFC 3875 section 5). */
class RawOutputTest {
    private final CountDownLatch goOn = new CountDownLatch(1);
    private final LinkedBlockingQueue<Long> sent = new LinkedBlockingQueue<>();
    private final TestServer server = TestServer.start(HttpRouting.builder()
            .any("/raw", (request, response) -> {
                response.whenSent(() -> sent.add(response.bytesWritten()));
                String body = request.content().hasEntity() ? request.content().as(String.class) : "none";
                OutputStream out = ((RawOutput) response).rawOutput();
                assertThat(response.isSent()).isTrue();
                assertThatThrownBy(() -> response.send("more")).isInstanceOf(IllegalStateException.class);
                out.write(text("HTTP/1.1 299 Mine\r\nX: \u00e4\r\n\r\n"));
                for (byte octet : text("body: " + body)) {
                    out.write(octet);
                }
            })
            .get("/flushed", (request, response) -> {
                OutputStream out = ((RawOutput) response).rawOutput();
                out.write(text("first"));
                out.flush();
                goOn.await();
                out.write(text(" second"));
                out.close();
            })
            .get("/large", (request, response) -> {
                OutputStream out = ((RawOutput) response).rawOutput();
                for (int i = 0; i < 100; i++) {
                    out.write(text("0123456789".repeat(i * 10)));
                }
            })
            .get("/late", (request, response) -> {
                response.outputStream();
                assertThatThrownBy(() -> ((RawOutput) response).rawOutput()).isInstanceOf(IllegalStateException.class);
                response.outputStream().close();
            })
            .get("/fails", (request, response) -> {
                ((RawOutput) response).rawOutput().write(text("HTTP/1.1 200 OK\r\n\r\npart"));
                throw new IOException("on purpose");
            }));

    @AfterEach
    void stop() {
        goOn.countDown();
        server.close();
    }

    private static byte[] text(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private RawClient ask(String path) throws IOException {
        return RawClient.connect(server.port()).send("GET " + path + " HTTP/1.1\r\nHost: h\r\n\r\n");
    }

    @Test
    void sendsWhatTheHandlerWritesAndNothingElse() throws IOException {
        try (RawClient client = ask("/raw")) {
            assertThat(client.readToEnd()).isEqualTo("HTTP/1.1 299 Mine\r\nX: \u00e4\r\n\r\nbody: none");
            assertThat(sent).containsExactly((long) "HTTP/1.1 299 Mine\r\nX: \u00e4\r\n\r\nbody: none".length());
        }
        try (RawClient client = RawClient.connect(server.port())
                .send("POST /raw HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc")) {
            assertThat(client.readToEnd()).endsWith("body: abc");
        }
    }

    @Test
    void sendsWhenItIsFlushed() throws IOException {
        try (RawClient client = ask("/flushed")) {
            assertThat(client.readExactly(5)).isEqualTo(text("first"));
            goOn.countDown();
            assertThat(client.readToEnd()).isEqualTo(" second");
        }
    }

    @Test
    void sendsMoreThanABufferHolds() throws IOException {
        try (RawClient client = ask("/large")) {
            assertThat(client.readToEnd()).hasSize(100 * 99 / 2 * 100).matches("(0123456789)*");
        }
    }

    @Test
    void servesAnyRequestButOneAnswerOnly() throws IOException {
        try (RawClient client = RawClient.connect(server.port())
                .send("GET /raw HTTP/1.1\r\nHost: h\r\n\r\nGET /raw HTTP/1.1\r\nHost: h\r\n\r\n")) {
            assertThat(client.readToEnd()).containsOnlyOnce("299 Mine");
        }
    }

    @Test
    void sendsNoErrorAnswerBehindRawOutput() throws IOException {
        try (RawClient client = ask("/fails")) {
            assertThat(client.readToEnd()).isIn("HTTP/1.1 200 OK\r\n\r\npart", "");
        } catch (SocketException reset) {
            assertThat(reset).hasMessageContaining("reset");
        }
    }
}
