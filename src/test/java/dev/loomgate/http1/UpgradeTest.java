package dev.loomgate.http1;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;

import dev.loomgate.testing.RawClient;
import dev.loomgate.testing.TestServer;
import dev.loomgate.transport.ListenerSettings;
import io.helidon.common.buffers.BufferData;
import io.helidon.common.concurrency.limits.Limit;
import io.helidon.http.HttpPrologue;
import io.helidon.http.WritableHeaders;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http1.spi.Http1Upgrader;
import io.helidon.webserver.http2.Http2Config;
import io.helidon.webserver.http2.Http2Upgrader;
import io.helidon.webserver.spi.ServerConnection;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Other protocols that take over a connection (RFC 9110 section 7.8), Helidon's HTTP/2 among them. */
class UpgradeTest {
    private TestServer server;

    private void start(Http1Upgrader upgrader) {
        server = TestServer.start(HttpRouting.builder()
                .get("/", (request, response) -> response.send("served by " + request.prologue().protocolVersion()))
                .post("/sum", (request, response) -> {
                    long sum = 0;
                    for (byte octet : request.content().inputStream().readAllBytes()) {
                        sum += octet;
                    }
                    response.send("sum " + sum);
                })
                .get("/large", (request, response) -> response.send(new byte[3_000_000])),
                ListenerSettings.local(0), Http1Settings.DEFAULT, List.of(upgrader));
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private static Http1Upgrader http2() {
        return Http2Upgrader.create(Http2Config.create());
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(server.uri(path))).version(HttpClient.Version.HTTP_2)
                .timeout(Duration.ofSeconds(60));
    }

    @Test
    void servesHttp2AfterAnUpgrade() throws Exception {
        start(http2());
        try (HttpClient client = HttpClient.newHttpClient()) {
            for (int i = 0; i < 3; i++) {
                HttpResponse<String> response = client.send(request("/").build(), HttpResponse.BodyHandlers.ofString());
                assertThat(response.version()).isEqualTo(HttpClient.Version.HTTP_2);
                assertThat(response.body()).isEqualTo("served by 2.0");
            }
        }
    }

    @Test
    void readsAndWritesHttp2AtOnce() throws Exception {
        start(http2());
        var body = new byte[1_000_000];
        Arrays.fill(body, (byte) 1);
        try (HttpClient client = HttpClient.newHttpClient()) {
            client.send(request("/").build(), HttpResponse.BodyHandlers.ofString());
            var sums = IntStream.range(0, 10).mapToObj(i -> client.sendAsync(request("/sum")
                    .POST(HttpRequest.BodyPublishers.ofByteArray(body)).build(), HttpResponse.BodyHandlers.ofString())).toList();
            var larges = IntStream.range(0, 10).mapToObj(i -> client.sendAsync(request("/large").build(),
                    HttpResponse.BodyHandlers.ofByteArray())).toList();
            assertThat(sums).extracting(CompletableFuture::join).extracting(HttpResponse::body).containsOnly("sum 1000000");
            assertThat(larges).extracting(CompletableFuture::join).extracting(large -> large.body().length)
                    .containsOnly(3_000_000);
            assertThat(larges).extracting(CompletableFuture::join).extracting(HttpResponse::version)
                    .containsOnly(HttpClient.Version.HTTP_2);
        }
    }

    @Test
    void answers400ToAnUpgradeThatLacksWhatItsProtocolNeeds() throws IOException {
        start(http2());
        for (String settings : new String[] {"", "HTTP2-Settings: !!!\r\n"}) {
            try (RawClient client = RawClient.connect(server.port())) {
                client.send("GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n" + settings
                        + "\r\n");
                assertThat(client.readResponse().status()).isEqualTo(400);
                assertThat(client.isClosedByServer()).isTrue();
            }
        }
    }

    @Test
    void doesNotUpgradeARequestWithABodyOrWithoutTheOption() throws IOException {
        start(http2());
        try (RawClient client = RawClient.connect(server.port())) {
            client.send("POST /sum HTTP/1.1\r\nHost: h\r\nConnection: upgrade\r\nUpgrade: h2c\r\nContent-Length: 1\r\n\r\n\1");
            assertThat(client.readResponse().body()).isEqualTo("sum 1");
            client.send("GET / HTTP/1.1\r\nHost: h\r\nUpgrade: h2c\r\n\r\n");
            assertThat(client.readResponse().body()).isEqualTo("served by 1.1");
            client.send("GET / HTTP/1.0\r\nConnection: upgrade, keep-alive\r\nUpgrade: h2c\r\n\r\n");
            assertThat(client.readResponse().body()).isEqualTo("served by 1.0");
        }
    }

    @Test
    void servesWhatAnUpgraderDeclines() throws IOException {
        start(new Echo(false));
        try (RawClient client = RawClient.connect(server.port())) {
            client.send(upgrade("echo") + upgrade("nothing, Echo"));
            assertThat(client.readResponse().body()).isEqualTo("served by 1.1");
            assertThat(client.readResponse().body()).isEqualTo("served by 1.1");
        }
    }

    @Test
    void handsOverBytesThatCameWithTheRequest() throws IOException {
        start(new Echo(true));
        try (RawClient client = RawClient.connect(server.port())) {
            client.send(upgrade("nothing, Echo") + "early");
            assertThat(client.readResponse().status()).isEqualTo(101);
            client.send(" and late").shutdownOutput();
            assertThat(client.readToEnd()).isEqualTo("early and late");
        }
    }

    private static String upgrade(String protocols) {
        return "GET / HTTP/1.1\r\nHost: h\r\nConnection: upgrade\r\nUpgrade: " + protocols + "\r\n\r\n";
    }

    /** A protocol that says back what it hears. */
    private record Echo(boolean accepts) implements Http1Upgrader {
        @Override
        public String supportedProtocol() {
            return "echo";
        }

        @Override
        public ServerConnection upgrade(ConnectionContext context, HttpPrologue prologue, WritableHeaders<?> headers) {
            if (!accepts) {
                return null;
            }
            context.dataWriter().writeNow(BufferData.create("HTTP/1.1 101 Switching Protocols\r\n\r\n"
                    .getBytes(StandardCharsets.ISO_8859_1)));
            return new EchoConnection(context);
        }
    }

    private record EchoConnection(ConnectionContext context) implements ServerConnection {
        @Override
        public void handle(Limit limit) {
            while (true) {
                int octet = context.dataReader().read();
                context.dataWriter().writeNow(BufferData.create(new byte[] {(byte) octet}));
            }
        }

        @Override
        public Duration idleTime() {
            return Duration.ZERO;
        }

        @Override
        public void close(boolean interrupt) {
            // ends with its client
        }
    }
}
