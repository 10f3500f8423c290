package dev.loomgate.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicLong;

import dev.loomgate.guard.Reason;
import dev.loomgate.http1.Http1Settings;
import dev.loomgate.testing.LogCapture;
import dev.loomgate.testing.RawBackend;
import dev.loomgate.testing.RawClient;
import dev.loomgate.testing.TestServer;
import dev.loomgate.transport.ListenerSettings;
import io.helidon.webserver.http.HttpRouting;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How much the server keeps in memory for one client. */
class BufferLimitsTest {
    @TempDir
    Path directory;

    @ParameterizedTest
    @CsvSource({"/whole, 1000, 200", "/whole, 1001, 413", "/text, 1001, 413", "/optional, 1001, 413", "/stream, 5000, 200",
        "/stream, 5001, 413", "/buffer, 5000, 200"})
    void readsNoLongBodyIntoMemory(String path, int length, int status) throws Exception {
        CompiledClasses.compile(directory.resolve("classes"), "Reading", """
                import io.helidon.webserver.http.*;
                public final class Reading implements Handler {
                    public void handle(ServerRequest request, ServerResponse response) throws Exception {
                        var content = request.content();
                        response.send("" + switch (request.path().path()) {
                            case "/whole" -> content.as(byte[].class).length;
                            case "/text" -> content.as(String.class).length();
                            case "/optional" -> content.asOptional(String.class).orElseThrow().length();
                            case "/buffer" -> { content.buffer(); yield content.inputStream().readAllBytes().length; }
                            default -> content.as(java.io.InputStream.class).readAllBytes().length;
                        });
                    }
                }
                """);
        try (Server server = start("max-body-in-memory: 1000, max-body: 5000", "class: Reading")) {
            assertThat(post(server, path, "", "Content-Length: " + length + "\r\n\r\n" + "x".repeat(length)))
                    .isEqualTo(status == 200 ? "200 " + length : String.valueOf(status));
            String chunk = Integer.toHexString(length) + "\r\n" + "x".repeat(length) + "\r\n0\r\n\r\n";
            assertThat(post(server, path, "", "Transfer-Encoding: chunked\r\n\r\n" + chunk))
                    .isEqualTo(status == 200 ? "200 " + length : String.valueOf(status));
        }
    }

    @Test
    void readsNoLongFormIntoMemory() throws Exception {
        CompiledClasses.compile(directory.resolve("classes"), "Form", """
                import dev.loomgate.handler.*;
                public final class Form implements Handler {
                    public void handle(Request request, Response response) throws Exception {
                        response.out().print(request.parameters().size());
                    }
                }
                """);
        try (Server server = start("max-form: 20, max-form-parameters: 3", "class: Form")) {
            assertThat(form(server, "a=1&b=2&c=3")).isEqualTo("200 3");
            assertThat(form(server, "a=1&b=2&c=3&d=4")).isEqualTo("400");
            assertThat(form(server, "a=" + "x".repeat(18))).isEqualTo("200 1");
            assertThat(form(server, "a=" + "x".repeat(19))).isEqualTo("413");
            await().untilAsserted(() -> assertThat(server.rejections().count(Reason.BODY)).isEqualTo(1));
        }
    }

    @Test
    void countsALongBodyWhereTheLimitIsAndNotTheAnswerOfAnother() throws Exception {
        try (RawBackend backend = RawBackend.start(call -> call.say("HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n"));
                Server server = Plan.read(Files.writeString(directory.resolve("test.yaml"), """
                        listeners: [{port: 0}]
                        routes:
                        - {path: /theirs, handler: proxy, to: 'http://127.0.0.1:%1$d'}
                        - {path: /ours, handler: proxy, to: 'http://127.0.0.1:%1$d', max-body: 10}
                        """.formatted(backend.port()))).start()) {
            assertThat(post(server, "/theirs", "", "Content-Length: 0\r\n\r\n")).isEqualTo("413");
            assertThat(post(server, "/ours", "", "Content-Length: 11\r\n\r\n12345678901")).isEqualTo("413");
            await().until(() -> server.rejections().count(Reason.BODY) > 0);
            assertThat(server.rejections().count(Reason.BODY)).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/echo", "/handler", "/wrapping"})
    void breaksAResponseOffWithoutAWordIfTheRestOfTheBodyDoesNotCome(String path) throws Exception {
        CompiledClasses.compile(directory.resolve("classes"), "Echo", """
                import dev.loomgate.handler.*;
                public final class Echo implements Handler {
                    public void handle(Request request, Response response) throws Exception {
                        try {
                            request.body().transferTo(response.outputStream());
                        } catch (RuntimeException e) {
                            throw request.requestUri().equals("/wrapping") ? new IllegalStateException("handlers do this", e) : e;
                        }
                    }
                }
                """);
        Files.writeString(directory.resolve("echo.sh"), "#!/bin/sh\nprintf 'Content-Type: text/plain\\n\\n'\nexec cat\n").toFile()
                .setExecutable(true);
        int clients = 3;
        try (LogCapture ours = LogCapture.ofThisTest("dev.loomgate"); LogCapture theirs = LogCapture.of("io.helidon");
                Server server = Plan.read(Files.writeString(directory.resolve("test.yaml"), """
                        listeners: [{port: 0}]
                        guard: {body-timeout: 500ms}
                        routes:
                        - {path: /echo, handler: cgi, script: echo.sh}
                        - {path: [/handler, /wrapping], handler: java, class: Echo, class-path: classes}
                        """)).start()) {
            for (int i = 0; i < clients; i++) {
                try (RawClient client = RawClient.connect(URI.create(server.addresses().getFirst()).getPort())) {
                    client.send("POST " + path + " HTTP/1.1\r\nHost: x\r\nContent-Length: 120000\r\n\r\n" + "x".repeat(70_000));
                    assertThat(client.readHead().status()).isEqualTo(200);
                    assertThat(broken(client)).isTrue();
                }
            }
            await().until(() -> server.rejections().count(Reason.SLOW_REQUEST) == clients);
            assertThat(theirs.lines()).noneMatch(line -> line.contains(path));
            assertThat(ours.lines()).filteredOn(line -> !line.startsWith("DEBUG") && !line.startsWith("INFO"))
                    .noneMatch(line -> !line.contains("clients turned away")).hasSizeLessThan(clients);
        }
    }

    /** Whether the response ends without its end: with no last chunk. */
    private static boolean broken(RawClient client) {
        try {
            return !client.readToEnd().endsWith("0\r\n\r\n");
        } catch (IOException reset) {
            return true;
        }
    }

    private Server start(String guard, String handler) throws Exception {
        return Plan.read(Files.writeString(directory.resolve("test.yaml"), """
                listeners: [{port: 0}]
                guard: {%s}
                routes: [{path: /**, handler: java, %s, class-path: classes}]
                """.formatted(guard, handler))).start();
    }

    private static String form(Server server, String form) throws IOException {
        return post(server, "/", "Content-Type: application/x-www-form-urlencoded\r\n",
                "Content-Length: " + form.length() + "\r\n\r\n" + form);
    }

    private static String post(Server server, String path, String fields, String rest) throws IOException {
        try (RawClient client = RawClient.connect(URI.create(server.addresses().getFirst()).getPort())) {
            client.send("POST " + path + " HTTP/1.1\r\nHost: x\r\n" + fields + rest);
            RawClient.Response response = client.readResponse();
            return response.status() == 200 ? "200 " + response.body() : String.valueOf(response.status());
        }
    }

    @Test
    void keepsLittleOfAResponseThatIsNotRead() throws Exception {
        assertThat(writtenToAClientThatDoesNotRead(ListenerSettings.local(0).withSendBuffer(OptionalInt.of(16 << 10))))
                .isLessThan(1 << 20);
    }

    @Test
    void keepsABoundedPartOfAResponseThatIsNotReadAnyway() throws Exception {
        // what the kernel's own limits allow, and not the 64 MiB of the response
        assertThat(writtenToAClientThatDoesNotRead(ListenerSettings.local(0))).isLessThan(32 << 20);
    }

    private static long writtenToAClientThatDoesNotRead(ListenerSettings settings) throws Exception {
        var written = new AtomicLong();
        HttpRouting.Builder routing = HttpRouting.builder().get("/", (request, response) -> {
            byte[] piece = new byte[8192];
            try (OutputStream out = response.outputStream()) {
                while (written.get() < 64 << 20) {
                    out.write(piece);
                    written.addAndGet(piece.length);
                }
            }
        });
        try (TestServer server = TestServer.start(routing, settings, Http1Settings.DEFAULT, List.of());
                RawClient client = RawClient.connect(server.port())) {
            client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
            var before = new AtomicLong(-1);
            await().pollInterval(Duration.ofMillis(300))
                    .until(() -> written.get() > 0 && before.getAndSet(written.get()) == written.get());
            return written.get();
        }
    }

    @Test
    void aDownloadThatIsBrokenOffIsNoNews() throws Exception {
        try (var file = new RandomAccessFile(directory.resolve("large.bin").toFile(), "rw")) {
            file.setLength(64 << 20);
        }
        try (LogCapture ours = LogCapture.ofThisTest("dev.loomgate"); LogCapture theirs = LogCapture.of("io.helidon");
                Server server = Plan.read(Files.writeString(directory.resolve("test.yaml"), """
                        listeners: [{port: 0}]
                        routes:
                        - {path: /**, handler: static, root: .}
                        """)).start()) {
            try (RawClient client = RawClient.connect(URI.create(server.addresses().getFirst()).getPort())) {
                client.send("GET /large.bin HTTP/1.1\r\nHost: a\r\n\r\n").readExactly(1000);
            }
            await().until(() -> server.connectionStates().get("working") == 0);
            assertThat(theirs.lines()).isEmpty();
            assertThat(ours.lines()).noneMatch(line -> line.contains("WARN") || line.contains("ERROR"));
        }
    }
}
