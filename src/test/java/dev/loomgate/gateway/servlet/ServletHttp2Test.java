package dev.loomgate.gateway.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

import dev.loomgate.testing.Programs;
import dev.loomgate.testing.Trust;
import dev.loomgate.tls.DevCertificate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Servlets over HTTP/2. */
class ServletHttp2Test {
    @TempDir
    private static Path directory;
    private static ServletServer server;
    private static HttpClient client;

    @BeforeAll
    static void start() throws Exception {
        WebArchives.behaviours(directory.resolve("war"));
        DevCertificate made = DevCertificate.write(directory.resolve("tls"), List.of("localhost"), 30);
        server = ServletServer.start(directory, "- {path: /app/**, handler: servlet, war: war}\n",
                "  tls: {certificate: '" + made.certificate() + "', key: '" + made.key() + "'}");
        client = HttpClient.newBuilder().sslContext(Trust.in(made.certificate())).build();
    }

    @AfterAll
    static void stop() {
        if (client != null) {
            client.shutdownNow();
        }
        if (server != null) {
            server.close();
        }
    }

    private static URI uri(String path) {
        return URI.create("https://localhost:" + server.port() + path);
    }

    private static HttpRequest.Builder to(String path) {
        return HttpRequest.newBuilder(uri(path));
    }

    private static HttpResponse<String> get(String path) throws Exception {
        return client.send(to(path).build(), BodyHandlers.ofString());
    }

    private static String nghttp(String... arguments) throws Exception {
        var command = new ArrayList<>(List.of(Programs.require("nghttp", "nghttp2-client").toString(), "--timeout=30"));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try {
            return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void seesTheRequest() throws Exception {
        HttpResponse<String> response = get("/app/echo?a=b");
        assertThat(response.version()).isEqualTo(HttpClient.Version.HTTP_2);
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.body()).contains("protocol HTTP/2.0", "url " + uri("/app/echo"), "scheme https true",
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
        assertThat(nghttp("-v", uri("/app/answers/trailers").toString())).containsPattern("(?i)x-sum: 42");
    }

    @Test
    void seesTheFieldsBehindABody() throws Exception {
        Path body = Files.writeString(directory.resolve("body"), "wiki");
        assertThat(nghttp("-d", body.toString(), "--trailer=x-sum: 42", uri("/app/transfers/trailers").toString()))
                .contains("ready true {x-sum=42} header null");
        assertThat(nghttp("-d", body.toString(), uri("/app/transfers/trailers").toString())).contains("ready true {} header null");
    }

    @Test
    void keepsSessionsAndWaits() throws Exception {
        HttpResponse<String> first = get("/app/sessions/login?name=ann");
        assertThat(first.headers().firstValue("Set-Cookie")).isPresent();
        assertThat(get("/app/waiting/dispatch").statusCode()).isEqualTo(200);
    }
}
