package dev.loomgate.http1;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

import dev.loomgate.testing.Ports;
import dev.loomgate.testing.Programs;
import dev.loomgate.testing.TestServer;
import io.helidon.webserver.http.HttpRouting;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Programs that people use speak with the server: ab (HTTP/1.0), curl, and nginx in front of it with its default settings. */
class RealClientsTest {
    private static final int LARGE = 5_000_000;

    @TempDir
    Path directory;

    private TestServer server;

    @BeforeEach
    void start() {
        server = TestServer.start(HttpRouting.builder()
                .get("/hello", (request, response) -> response.send("Hello"))
                .get("/host", (request, response) -> response.send(request.authority()))
                .get("/large", (request, response) -> {
                    try (var out = response.outputStream()) {
                        for (int i = 0; i < LARGE / 1000; i++) {
                            out.write(new byte[1000]);
                        }
                    }
                })
                .post("/length", (request, response) -> {
                    byte[] body = request.content().as(byte[].class);
                    response.send(String.valueOf(body.length));
                }));
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void apacheBenchOfHttp10GetsEveryResponse() throws Exception {
        Path ab = Programs.require("ab", "apache2-utils");
        assertThat(run(ab.toString(), "-n", "300", "-c", "10", server.uri("/hello")))
                .contains("Complete requests:      300").contains("Failed requests:        0").doesNotContain("Non-2xx");
    }

    @Test
    void apacheBenchKeepsHttp10ConnectionsAlive() throws Exception {
        Path ab = Programs.require("ab", "apache2-utils");
        assertThat(run(ab.toString(), "-k", "-n", "300", "-c", "10", server.uri("/hello")))
                .contains("Keep-Alive requests:    300").contains("Failed requests:        0").doesNotContain("Non-2xx");
    }

    @Test
    void curlUploadsInChunksAfterContinue() throws Exception {
        Path curl = Programs.require("curl", "curl");
        Path upload = Files.write(directory.resolve("upload"), new byte[3_000_000]);
        assertThat(run(curl.toString(), "-sS", "--noproxy", "*", "-H", "Expect: 100-continue", "-H", "Transfer-Encoding: chunked",
                "--data-binary", "@" + upload, server.uri("/length"))).isEqualTo("3000000");
    }

    @Test
    void nginxInFrontWithItsDefaultsPassesEverything() throws Exception {
        Path nginx = Programs.require("nginx", "nginx-light");
        int port = Ports.free();
        Path configuration = Files.writeString(directory.resolve("nginx.conf"), """
                daemon off; master_process off; worker_processes 1; pid %1$s/pid; error_log %1$s/error.log;
                events { }
                http {
                    access_log off; client_max_body_size 0;
                    client_body_temp_path %1$s/body; proxy_temp_path %1$s/proxy; fastcgi_temp_path %1$s/fastcgi;
                    uwsgi_temp_path %1$s/uwsgi; scgi_temp_path %1$s/scgi;
                    server { listen 127.0.0.1:%2$d; location / { proxy_pass http://127.0.0.1:%3$d; } }
                }
                """.formatted(directory, port, server.port()));
        Process front = new ProcessBuilder(nginx.toString(), "-c", configuration.toString())
                .redirectErrorStream(true).redirectOutput(directory.resolve("nginx.out").toFile()).start();
        try (HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
            Awaitility.await().until(() -> accepts(port));
            for (int i = 0; i < 20; i++) {
                assertThat(get(client, port, "/host")).isEqualTo("127.0.0.1:" + server.port());
            }
            assertThat(get(client, port, "/large")).hasSize(LARGE);
            HttpRequest post = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/length"))
                    .POST(HttpRequest.BodyPublishers.ofByteArray(new byte[2_000_000])).build();
            assertThat(client.send(post, HttpResponse.BodyHandlers.ofString()).body()).isEqualTo("2000000");
        } finally {
            front.destroy();
            front.waitFor(10, TimeUnit.SECONDS);
        }
        assertThat(Files.readString(directory.resolve("error.log"))).doesNotContain("[error]");
    }

    private static String get(HttpClient client, int port, String path) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).build();
        return client.send(request, HttpResponse.BodyHandlers.ofString()).body();
    }

    private static boolean accepts(int port) {
        try (var socket = new Socket("127.0.0.1", port)) {
            return socket.isConnected();
        } catch (IOException e) {
            return false;
        }
    }

    private static String run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(List.of(command)).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(output).isZero();
        return output;
    }
}
