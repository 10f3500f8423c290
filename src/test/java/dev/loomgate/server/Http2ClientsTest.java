package dev.loomgate.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import dev.loomgate.testing.Programs;
import dev.loomgate.testing.RawClient;
import dev.loomgate.testing.TestServer;
import dev.loomgate.testing.Trust;
import dev.loomgate.tls.DevCertificate;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.HttpRouting;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** HTTP/2 from the configuration to real clients, with TLS and without, for every kind of handler. */
class Http2ClientsTest {
    private static final int BIG = 20_000_000;

    @TempDir
    private static Path directory;
    private static TestServer backend;
    private static Server server;
    private static HttpClient client;
    private static byte[] big;

    @BeforeAll
    static void start() throws Exception {
        DevCertificate made = DevCertificate.write(directory.resolve("tls"), List.of("localhost"), 30);
        Path certificate = made.certificate();
        big = new byte[BIG];
        new Random(7).nextBytes(big);
        Files.write(directory.resolve("big.bin"), big);
        Files.writeString(directory.resolve("text.txt"), "plain text that is worth compressing ".repeat(100));
        script("env.sh", "printf 'Content-Type: text/plain\\r\\n\\r\\n%s %s %s %s' \"$SERVER_PROTOCOL\" \"$HTTP_HOST\" "
                + "\"$REQUEST_METHOD\" \"$HTTPS\"");
        script("count.sh", "printf 'Content-Type: text/plain\\r\\n\\r\\n'; wc -c | tr -d ' \\n'");
        script("endless.sh", "echo $$ > %s\nprintf 'Content-Type: text/plain\\r\\n\\r\\n'; exec sleep 60"
                .formatted(directory.resolve("pid")));
        script("nph-raw.sh", "printf 'HTTP/1.1 200 OK\\r\\nContent-Type: text/plain\\r\\nConnection: close\\r\\n\\r\\nraw'");
        CompiledClasses.compile(directory.resolve("classes"), "Sum", """
                import dev.loomgate.handler.*;
                public final class Sum implements Handler {
                    public void handle(Request request, Response response) throws Exception {
                        long sum = 0;
                        byte[] piece = new byte[8192];
                        for (int n; (n = request.body().read(piece)) >= 0;) {
                            for (int i = 0; i < n; i++) { sum += piece[i] & 0xff; }
                        }
                        if (request.queryString().equals("slow")) { Thread.sleep(1_000); }
                        response.out().print("sum " + sum);
                    }
                }
                """);
        backend = TestServer.start(HttpRouting.builder().any("/proxy/*", (request, response) -> response.send(
                request.prologue().protocolVersion() + " " + request.headers().get(HeaderNames.HOST).get() + " "
                        + request.content().inputStream().transferTo(OutputStream.nullOutputStream()))));
        server = Plan.read(Files.writeString(directory.resolve("test.yaml"), """
                listeners:
                - {port: 0}
                - {port: 0, tls: {certificate: tls/cert.pem, key: tls/key.pem}}
                - {name: old, port: 0, http2: false}
                - {port: 0, http2: false, tls: {certificate: tls/cert.pem, key: tls/key.pem}}
                admin: off
                log: {access: {file: access.log}}
                compress: true
                guard: {write-timeout: 60s}
                routes:
                - {path: "/files/**", handler: static, root: .}
                - {path: "/cgi/**", handler: cgi, root: cgi}
                - {path: /sum, handler: java, class: Sum, class-path: classes}
                - {path: /proxy/**, handler: proxy, to: "http://127.0.0.1:%d"}
                """.replace("tls/cert.pem", directory.relativize(certificate).toString())
                .replace("tls/key.pem", directory.relativize(made.key()).toString()).formatted(backend.port()))).start();
        client = HttpClient.newBuilder().sslContext(Trust.in(certificate)).build();
    }

    private static void script(String name, String lines) throws Exception {
        Path file = Files.createDirectories(directory.resolve("cgi")).resolve(name);
        Files.writeString(file, "#!/bin/sh\n" + lines + "\n").toFile().setExecutable(true);
    }

    @AfterAll
    static void stop() {
        if (client != null) {
            client.shutdownNow();
        }
        if (server != null) {
            server.close();
        }
        if (backend != null) {
            backend.close();
        }
    }

    private static int port(int listener) {
        return URI.create(server.addresses().get(listener)).getPort();
    }

    private static URI secure(String path) {
        return URI.create("https://localhost:" + port(1) + path);
    }

    private static HttpResponse<String> get(String path) throws Exception {
        HttpResponse<String> response = client.send(HttpRequest.newBuilder(secure(path)).build(), BodyHandlers.ofString());
        assertThat(response.version()).isEqualTo(HttpClient.Version.HTTP_2);
        return response;
    }

    private static String run(String... command) throws Exception {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try {
            String output = new String(process.getInputStream().readAllBytes());
            assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
            return output;
        } finally {
            process.destroyForcibly();
        }
    }

    private static String curl(String... arguments) throws Exception {
        var command = new ArrayList<>(List.of(Programs.require("curl", "curl").toString(), "-s", "-k", "--max-time", "30"));
        command.addAll(List.of(arguments));
        return run(command.toArray(String[]::new));
    }

    @Test
    void agreesOnItWithTls() throws Exception {
        assertThat(get("/files/text.txt").body()).startsWith("plain text");
        assertThat(curl("-w", "%{http_version}", "-o", "/dev/null", secure("/files/text.txt").toString())).isEqualTo("2");
        assertThat(curl("--http1.1", "-w", "%{http_version}", "-o", "/dev/null", secure("/files/text.txt").toString()))
                .isEqualTo("1.1");
        HttpResponse<String> old = client.send(HttpRequest.newBuilder(URI.create("https://localhost:" + port(3)
                + "/files/text.txt")).build(), BodyHandlers.ofString());
        assertThat(old.version()).isEqualTo(HttpClient.Version.HTTP_1_1);
    }

    @Test
    void logsEachRequest() throws Exception {
        assertThat(get("/files/text.txt?logged").statusCode()).isEqualTo(200);
        // lines are written in the background
        await().until(() -> Files.readString(directory.resolve("access.log")).contains("\"GET /files/text.txt?logged HTTP/2.0\" 200 "));
    }

    @Test
    void takesClientsThatKnow() throws Exception {
        String uri = server.addresses().getFirst() + "/files/text.txt";
        assertThat(curl("--http2-prior-knowledge", "-w", "%{http_version}", "-o", "/dev/null", uri)).isEqualTo("2");
        assertThat(curl("-w", "%{http_version}", "-o", "/dev/null", uri)).isEqualTo("1.1");
        // an upgrade is a thing of the past (RFC 9113 section 3.1): it is ignored
        assertThat(curl("--http2", "-w", "%{http_version}", "-o", "/dev/null", uri)).isEqualTo("1.1");
        try (RawClient old = RawClient.connect(port(2))) {
            assertThat(old.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").readResponse().status()).isEqualTo(505);
        }
    }

    @Test
    void runsScripts() throws Exception {
        assertThat(get("/cgi/env.sh").body()).isEqualTo("HTTP/2.0 localhost:" + port(1) + " GET on");
        assertThat(client.send(HttpRequest.newBuilder(secure("/cgi/count.sh")).POST(BodyPublishers.ofByteArray(new byte[300_000]))
                .build(), BodyHandlers.ofString()).body()).isEqualTo("300000");
        assertThat(get("/cgi/nph-raw.sh").body()).isEqualTo("raw");
    }

    @Test
    void passesRequestsOnToServersThatSpeakHttp1() throws Exception {
        assertThat(get("/proxy/x").body()).isEqualTo("1.1 localhost:" + port(1) + " 0");
        assertThat(client.send(HttpRequest.newBuilder(secure("/proxy/y")).POST(BodyPublishers.ofInputStream(() ->
                new ByteArrayInputStream(big, 0, 1_000_000))).build(), BodyHandlers.ofString()).body()).endsWith(" 1000000");
    }

    @Test
    void compressesAndKnowsRangesAndConditions() throws Exception {
        HttpResponse<byte[]> zipped = client.send(HttpRequest.newBuilder(secure("/files/text.txt"))
                .header("Accept-Encoding", "gzip").build(), BodyHandlers.ofByteArray());
        assertThat(zipped.headers().firstValue("Content-Encoding")).contains("gzip");
        HttpResponse<byte[]> range = client.send(HttpRequest.newBuilder(secure("/files/big.bin"))
                .header("Range", "bytes=100-199").build(), BodyHandlers.ofByteArray());
        assertThat(range.statusCode()).isEqualTo(206);
        assertThat(range.body()).isEqualTo(Arrays.copyOfRange(big, 100, 200));
        String tag = range.headers().firstValue("ETag").orElseThrow();
        assertThat(client.send(HttpRequest.newBuilder(secure("/files/big.bin")).header("If-None-Match", tag).build(),
                BodyHandlers.ofString()).statusCode()).isEqualTo(304);
    }

    @Test
    void movesMuchBothWays() throws Exception {
        HttpResponse<InputStream> down = client.send(HttpRequest.newBuilder(secure("/files/big.bin")).build(),
                BodyHandlers.ofInputStream());
        long sum = 0;
        for (byte octet : big) {
            sum += octet & 0xff;
        }
        try (InputStream in = down.body()) {
            byte[] beginning = in.readNBytes(1_000_000);
            // while it does not read, others do
            assertThat(client.send(HttpRequest.newBuilder(secure("/sum")).POST(BodyPublishers.ofByteArray(big)).build(),
                    BodyHandlers.ofString()).body()).isEqualTo("sum " + sum);
            assertThat(beginning).isEqualTo(Arrays.copyOf(big, 1_000_000));
            assertThat(in.readAllBytes()).isEqualTo(Arrays.copyOfRange(big, 1_000_000, BIG));
        }
        assertThat(curl("--http2-prior-knowledge", "--data-binary", "@" + directory.resolve("big.bin"),
                server.addresses().getFirst() + "/sum")).isEqualTo("sum " + sum);
        Path copy = directory.resolve("copy.bin");
        curl("--http2-prior-knowledge", "--limit-rate", "40M", "-o", copy.toString(),
                server.addresses().getFirst() + "/files/big.bin");
        assertThat(Files.mismatch(copy, directory.resolve("big.bin"))).isEqualTo(-1);
    }

    @Test
    void servesManyRequestsOfAConnectionAtOnce() throws Exception {
        get("/sum");
        long begun = System.nanoTime();
        List<CompletableFuture<HttpResponse<String>>> all = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            all.add(client.sendAsync(HttpRequest.newBuilder(secure("/sum?slow")).POST(BodyPublishers.ofByteArray(new byte[] {1, 2}))
                    .build(), BodyHandlers.ofString()));
        }
        for (CompletableFuture<HttpResponse<String>> one : all) {
            assertThat(one.get(90, TimeUnit.SECONDS).body()).isEqualTo("sum 3");
        }
        // one after the other would have taken a hundred
        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(60));
    }

    @Test
    void endsAScriptWhoseClientHasGone() throws Exception {
        CompletableFuture<HttpResponse<InputStream>> request = client.sendAsync(HttpRequest.newBuilder(secure("/cgi/endless.sh"))
                .build(), BodyHandlers.ofInputStream());
        Path pid = directory.resolve("pid");
        await().until(() -> Files.exists(pid) && Files.readString(pid).endsWith("\n"));
        long process = Long.parseLong(Files.readString(pid).strip());
        assertThat(ProcessHandle.of(process)).isPresent();
        request.get(10, TimeUnit.SECONDS).body().close();
        await().until(() -> ProcessHandle.of(process).isEmpty());
        // the connection goes on
        assertThat(get("/files/text.txt").statusCode()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void standsALoad(int listener) throws Exception {
        String output = run(Programs.require("h2load", "nghttp2-client").toString(), "-n", "1000", "-c", "5", "-m", "50",
                server.addresses().get(listener).replace("127.0.0.1", "localhost") + "/files/text.txt");
        assertThat(output).contains("1000 succeeded, 0 failed, 0 errored", "Application protocol: h2");
    }

    @Test
    void answersAfterAReloadByWhatItSaysNow() throws Exception {
        assertThat(get("/files/text.txt").statusCode()).isEqualTo(200);
        String configuration = Files.readString(directory.resolve("test.yaml"));
        Path changed = Files.writeString(directory.resolve("changed.yaml"), configuration
                + "- {path: /new, handler: respond, body: news}\n");
        try {
            CompletableFuture<HttpResponse<String>> slow = client.sendAsync(HttpRequest.newBuilder(secure("/sum?slow"))
                    .POST(BodyPublishers.ofByteArray(new byte[] {1})).build(), BodyHandlers.ofString());
            server.reload(Plan.read(changed));
            assertThat(get("/new").body()).isEqualTo("news");
            assertThat(slow.get(60, TimeUnit.SECONDS).body()).isEqualTo("sum 1");
        } finally {
            server.reload(Plan.read(directory.resolve("test.yaml")));
        }
    }
}
