package dev.loomgate.gateway.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;

import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.HttpRouting;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Servlets over HTTP/2, as Helidon speaks it. */
class ServletHttp2Test {
    @TempDir
    private static Path directory;
    private static ServletContainer container;
    private static ServletGateway gateway;
    private static WebServer server;
    private static HttpClient client;

    @BeforeAll
    static void start() throws Exception {
        var settings = new ServletSettings("/app", new ServletApplication.War(WebArchives.behaviours(directory.resolve("war"))),
                Map.of(), ServletSettings.Migration.NEVER, Optional.empty(), 1 << 20, 1000, false);
        container = ServletContainer.open();
        gateway = ServletGateway.start(container, settings);
        server = WebServer.builder().host("127.0.0.1").port(0).addRouting(HttpRouting.builder().any("/app/*", gateway)).build()
                .start();
        client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_2).build();
        // the first request upgrades the connection, the others find it there
        get("/app/echo");
    }

    @AfterAll
    static void stop() {
        client.close();
        server.stop();
        gateway.close();
        container.close();
    }

    private static HttpRequest.Builder to(String path) {
        return HttpRequest.newBuilder(URI.create("http://localhost:" + server.port() + path));
    }

    private static HttpResponse<String> get(String path) throws Exception {
        return client.send(to(path).build(), BodyHandlers.ofString());
    }

    @Test
    void seesTheRequest() throws Exception {
        HttpResponse<String> response = get("/app/echo?a=b");
        assertThat(response.version()).isEqualTo(HttpClient.Version.HTTP_2);
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.body()).contains("protocol HTTP/2.0", "url http://localhost:" + server.port() + "/app/echo",
                "server localhost " + server.port(), "connection h2 ");
    }

    @Test
    void takesABodyOfUnknownLengthAndStreamsAnother() throws Exception {
        byte[] body = new byte[3_000_000];
        Arrays.fill(body, (byte) 'x');
        HttpResponse<String> response = client.send(to("/app/transfers/raw").POST(BodyPublishers.ofInputStream(() ->
                new ByteArrayInputStream(body))).build(), BodyHandlers.ofString());
        assertThat(response.version()).isEqualTo(HttpClient.Version.HTTP_2);
        assertThat(response.body()).isEqualTo("3000000 "
                + HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(body)));

        HttpResponse<byte[]> streamed = client.send(to("/app/transfers/x?size=3000000").build(), BodyHandlers.ofByteArray());
        assertThat(streamed.body()).hasSize(3_000_000);
    }

    @Test
    void answersErrorsAndTrailers() throws Exception {
        assertThat(get("/app/no-such-thing").statusCode()).isEqualTo(404);
        assertThat(get("/app/answers/trailers").body()).isEqualTo("with trailers");
    }

    @Test
    void keepsSessionsAndWaits() throws Exception {
        HttpResponse<String> first = get("/app/sessions/login?name=ann");
        assertThat(first.headers().firstValue("Set-Cookie")).isPresent();
        assertThat(get("/app/waiting/dispatch").statusCode()).isEqualTo(200);
    }
}
