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
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import dev.loomgate.guard.Guard;
import dev.loomgate.http2.Http2Selector;
import dev.loomgate.http2.Http2Settings;
import dev.loomgate.testing.TestServer;
import dev.loomgate.testing.Trust;
import dev.loomgate.tls.CertificateFiles;
import dev.loomgate.tls.DevCertificate;
import dev.loomgate.tls.ServerTls;
import dev.loomgate.tls.TlsOptions;
import dev.loomgate.transport.ListenerSettings;
import dev.loomgate.transport.TlsSettings;
import io.helidon.webserver.http.HttpRouting;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Servlets over HTTP/2. */
class ServletHttp2Test {
    @TempDir
    private static Path directory;
    private static ServletContainer container;
    private static ServletGateway gateway;
    private static ServerTls tls;
    private static TestServer server;
    private static HttpClient client;

    @BeforeAll
    static void start() throws Exception {
        var settings = new ServletSettings("/app", new ServletApplication.War(WebArchives.behaviours(directory.resolve("war"))),
                Map.of(), ServletSettings.Migration.NEVER, Optional.empty(), 1 << 20, 1000, false);
        container = ServletContainer.open();
        gateway = ServletGateway.start(container, settings);
        DevCertificate made = DevCertificate.write(directory.resolve("tls"), List.of("localhost"), 30);
        tls = ServerTls.open(new TlsOptions(List.of(new CertificateFiles(made.certificate(), made.key(), Optional.empty())),
                List.of("TLSv1.3"), List.of(), TlsOptions.Clients.NONE, Optional.empty(), List.of(Http2Selector.ALPN), false));
        server = TestServer.start(HttpRouting.builder().any("/app/*", gateway),
                ListenerSettings.local(0).withTls(new TlsSettings(tls::engine, Duration.ofSeconds(20))), Guard.none(),
                Http2Selector.create(Http2Settings.DEFAULT));
        client = HttpClient.newBuilder().sslContext(Trust.in(made.certificate())).build();
    }

    @AfterAll
    static void stop() {
        client.shutdownNow();
        server.close();
        tls.close();
        gateway.close();
        container.close();
    }

    private static HttpRequest.Builder to(String path) {
        return HttpRequest.newBuilder(URI.create("https://localhost:" + server.port() + path));
    }

    private static HttpResponse<String> get(String path) throws Exception {
        return client.send(to(path).build(), BodyHandlers.ofString());
    }

    @Test
    void seesTheRequest() throws Exception {
        HttpResponse<String> response = get("/app/echo?a=b");
        assertThat(response.version()).isEqualTo(HttpClient.Version.HTTP_2);
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.body()).contains("protocol HTTP/2.0", "url https://localhost:" + server.port() + "/app/echo",
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
