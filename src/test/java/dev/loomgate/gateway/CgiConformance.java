package dev.loomgate.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.EOFException;
import java.io.IOException;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

import io.helidon.http.Status;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.HttpRouting;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import dev.loomgate.testing.Concurrent;
import dev.loomgate.testing.RawClient;
import dev.loomgate.testing.ScriptDirectory;
import dev.loomgate.testing.TestServer;

/**
 * What RFC 3875 asks of a server, and what scripts have come to rely on, for any gateway that runs scripts of a directory.
 * Subclasses say how the gateway is made.
 */
@Concurrent
public abstract class CgiConformance {
    private static final String ENVIRONMENT = """
            print "Content-Type: text/plain\\n\\n";
            print map { "$_=$ENV{$_}\\n" } sort keys %ENV;
            """;
    private static final String ECHO = """
            binmode STDIN; binmode STDOUT; $| = 1;
            print "Content-Type: application/octet-stream\\nX-Length: ", $ENV{CONTENT_LENGTH} // 'none', "\\n\\n";
            my $piece;
            while (sysread(STDIN, $piece, 65536)) { print $piece; }
            """;

    @TempDir
    protected Path top;
    protected ScriptDirectory scripts;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private Handler gateway;
    private TestServer server;

    /** Options of the gateway under test beyond its scripts. */
    public record Options(boolean passAuthorization, Map<String, String> environment, Path documentRoot) {
    }

    /** Makes the gateway; closed by this class if it is {@code AutoCloseable}. */
    protected abstract Handler gateway(ScriptResolver resolver, Options options);

    /** Variables that scripts of this gateway get beyond those of the request; what a script without a body gets. */
    protected Map<String, String> surroundings() {
        return Map.of("PATH", System.getenv("PATH"));
    }

    private String[] absentWithoutBody(String... others) {
        return Stream.concat(Stream.of("CONTENT_LENGTH", "CONTENT_TYPE"), Stream.of(others))
                .filter(name -> !surroundings().containsKey(name)).toArray(String[]::new);
    }

    /** The directory that tests fill with scripts. */
    protected ScriptDirectory scripts(Path directory) {
        return new ScriptDirectory(directory);
    }

    @BeforeEach
    void startServer() throws IOException {
        scripts = scripts(top.resolve("cgi-bin"));
        Files.createDirectories(scripts.path());
        start(new Options(false, Map.of(), top.resolve("docs")));
    }

    private void start(Options options) throws IOException {
        gateway = gateway(ScriptResolver.ofDirectory("/cgi-bin", scripts.path(), ScriptRules.defaults()), options);
        server = TestServer.start(HttpRouting.builder()
                .get("/landing", (req, res) -> res.send("landed with " + req.query().rawValue()))
                .addFilter((chain, req, res) -> {
                    if (req.prologue().query().rawValue().contains("user=")) {
                        req.context().register(new AuthenticatedUser("Basic", req.query().get("user")));
                    }
                    chain.proceed();
                })
                .any(gateway));
    }

    @AfterEach
    void stopServer() throws Exception {
        server.close();
        if (gateway instanceof AutoCloseable closeable) {
            closeable.close();
        }
    }

    @AfterEach
    void stopThreads() {
        threads.shutdownNow();
    }

    private void restart(Options options) throws Exception {
        stopServer();
        start(options);
    }

    /** Connects to the server under test. */
    protected RawClient connect() throws IOException {
        return RawClient.connect(server.port());
    }

    /** Sends a request without body and reads the response. */
    protected RawClient.Response request(String methodAndPath, String... headers) throws IOException {
        try (RawClient client = connect()) {
            client.send(methodAndPath + " HTTP/1.1\r\nHost: example.org:8080\r\n"
                    + Arrays.stream(headers).map(header -> header + "\r\n").reduce("", String::concat) + "\r\n");
            return methodAndPath.startsWith("HEAD ") ? client.readHead() : client.readResponse();
        }
    }

    private RawClient.Response get(String path, String... headers) throws IOException {
        return request("GET " + path, headers);
    }

    private RawClient.Response post(String path, byte[] body, String... headers) throws Exception {
        try (RawClient client = connect()) {
            client.readTimeout(Duration.ofSeconds(30));
            String head = "POST " + path + " HTTP/1.1\r\nHost: h\r\nContent-Length: " + body.length + "\r\n"
                    + Arrays.stream(headers).map(header -> header + "\r\n").reduce("", String::concat) + "\r\n";
            var sending = CompletableFuture.runAsync(() -> sendQuietly(client, head, body), threads);
            RawClient.Response response = client.readResponse();
            sending.cancel(false);
            return response;
        }
    }

    /** Sends from a thread of its own; a server that has answered may take no more. */
    private static void sendQuietly(RawClient client, String head, byte[] body) {
        try {
            client.send(head).send(body);
        } catch (IOException e) {
            // the response tells what matters
        }
    }

    private static Map<String, String> variables(RawClient.Response response) {
        assertThat(response.status()).isEqualTo(200);
        var variables = new TreeMap<String, String>();
        response.body().lines().map(line -> line.split("=", 2)).forEach(parts -> variables.put(parts[0], parts[1]));
        return variables;
    }

    private static byte[] random(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    private static String md5(byte[] bytes) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("MD5").digest(bytes));
    }

    private static String latin1(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    // ---- the environment

    @Test
    void theEnvironmentIsTheRequestAndNothingElse() throws Exception {
        scripts.perl("env.pl", ENVIRONMENT);
        Path script = scripts.path().resolve("env.pl");
        Path docs = top.resolve("docs");

        try (RawClient client = connect()) {
            client.send("GET /cgi-bin/env.pl/extra%20path/%C3%A9?q=%31&r HTTP/1.1\r\nHost: example.org:8080\r\n"
                    + "X-Custom: yes\r\n\r\n");
            Map<String, String> variables = variables(client.readResponse());

            String clientPort = String.valueOf(client.socket().getLocalPort());
            String serverPort = String.valueOf(client.socket().getPort());
            var expected = new TreeMap<>(surroundings());
            expected.putAll(Map.ofEntries(
                    Map.entry("GATEWAY_INTERFACE", "CGI/1.1"),
                    Map.entry("PATH_INFO", "/extra path/\u00c3\u00a9"),
                    Map.entry("PATH_TRANSLATED", docs + "/extra path/\u00c3\u00a9"),
                    Map.entry("QUERY_STRING", "q=%31&r"),
                    Map.entry("REMOTE_ADDR", "127.0.0.1"),
                    Map.entry("REMOTE_HOST", "127.0.0.1"),
                    Map.entry("REMOTE_PORT", clientPort),
                    Map.entry("REQUEST_METHOD", "GET"),
                    Map.entry("REQUEST_SCHEME", "http"),
                    Map.entry("REQUEST_URI", "/cgi-bin/env.pl/extra%20path/%C3%A9?q=%31&r"),
                    Map.entry("REDIRECT_STATUS", "200"),
                    Map.entry("SCRIPT_NAME", "/cgi-bin/env.pl"),
                    Map.entry("SCRIPT_FILENAME", script.toString()),
                    Map.entry("DOCUMENT_ROOT", docs.toString()),
                    Map.entry("SERVER_ADDR", "127.0.0.1"),
                    Map.entry("SERVER_NAME", "example.org"),
                    Map.entry("SERVER_PORT", serverPort),
                    Map.entry("SERVER_PROTOCOL", "HTTP/1.1"),
                    Map.entry("SERVER_SOFTWARE", MetaVariables.serverSoftware()),
                    Map.entry("HTTP_HOST", "example.org:8080"),
                    Map.entry("HTTP_X_CUSTOM", "yes")));
            assertThat(variables.remove("UNIQUE_ID")).matches("[0-9a-f]{32}").isEqualTo(variables.remove("HTTP_X_REQUEST_ID"));
            assertThat(variables).containsExactlyInAnyOrderEntriesOf(expected);
        }
    }

    @Test
    void withoutQueryAndExtraPathTheirVariablesAreEmptyAndUnset() throws Exception {
        scripts.perl("env.pl", ENVIRONMENT);

        assertThat(variables(get("/cgi-bin/env.pl"))).containsEntry("QUERY_STRING", "")
                .doesNotContainKeys(absentWithoutBody("PATH_INFO", "PATH_TRANSLATED", "HTTPS", "AUTH_TYPE", "REMOTE_USER"));
    }

    @Test
    void joinsRepeatedHeaderFields() throws Exception {
        scripts.perl("env.pl", ENVIRONMENT);

        assertThat(variables(get("/cgi-bin/env.pl", "X-Many: a", "Cookie: c=1", "x-many: b, c", "Cookie: d=2")))
                .containsEntry("HTTP_X_MANY", "a, b, c").containsEntry("HTTP_COOKIE", "c=1; d=2");
    }

    @Test
    void aProxyFieldNeverBecomesAProxySetting() throws Exception {
        scripts.perl("env.pl", ENVIRONMENT);

        assertThat(variables(get("/cgi-bin/env.pl", "Proxy: http://evil.example/"))).doesNotContainKey("HTTP_PROXY");
    }

    @Test
    void fieldNamesThatWouldBecomeTheSameVariableAreLeftOut() throws Exception {
        scripts.perl("env.pl", ENVIRONMENT);

        assertThat(variables(get("/cgi-bin/env.pl", "X-User: front", "X_User: forged", "X.Dot: 1")))
                .containsEntry("HTTP_X_USER", "front").doesNotContainKey("HTTP_X.DOT").doesNotContainKey("HTTP_X_DOT");
        assertThat(variables(get("/cgi-bin/env.pl", "X_User: forged"))).doesNotContainKey("HTTP_X_USER");
    }

    @Test
    void credentialsAreWithheldUnlessAllowed() throws Exception {
        scripts.perl("env.pl", ENVIRONMENT);
        String[] credentials = {"Authorization: Basic YTpi", "Proxy-Authorization: Basic YTpi"};

        assertThat(variables(get("/cgi-bin/env.pl", credentials)))
                .doesNotContainKeys("HTTP_AUTHORIZATION", "HTTP_PROXY_AUTHORIZATION");
        restart(new Options(true, Map.of(), top));
        assertThat(variables(get("/cgi-bin/env.pl", credentials)))
                .containsEntry("HTTP_AUTHORIZATION", "Basic YTpi").containsEntry("HTTP_PROXY_AUTHORIZATION", "Basic YTpi");
    }

    @Test
    void tellsTheUserThatAFilterHasEstablished() throws Exception {
        scripts.perl("env.pl", ENVIRONMENT);

        assertThat(variables(get("/cgi-bin/env.pl?user=anna")))
                .containsEntry("AUTH_TYPE", "Basic").containsEntry("REMOTE_USER", "anna");
    }

    @Test
    void configuredVariablesWin() throws Exception {
        scripts.perl("env.pl", ENVIRONMENT);
        Map<String, String> configured =
                Map.of("GIT_PROJECT_ROOT", "/srv/caf\u00e9", "SERVER_SOFTWARE", "mine", "PATH", "/bin");
        restart(new Options(false, configured, top));

        assertThat(variables(get("/cgi-bin/env.pl"))).containsEntry("GIT_PROJECT_ROOT", "/srv/caf\u00c3\u00a9")
                .containsEntry("SERVER_SOFTWARE", "mine").containsEntry("PATH", "/bin");
    }

    @Tag("wire")
    @Test
    void headerValuesReachTheScriptByteForByte() throws Exception {
        scripts.perl("env.pl", ENVIRONMENT);

        assertThat(variables(get("/cgi-bin/env.pl", "X-Bytes: caf\u00c3\u00a9")))
                .containsEntry("HTTP_X_BYTES", "caf\u00c3\u00a9");
    }

    @Tag("wire")
    @Test
    void aRequestOfHttp10WithoutHostHasTheServersAddressForAName() throws Exception {
        scripts.perl("env.pl", ENVIRONMENT);

        try (RawClient client = connect()) {
            client.send("GET /cgi-bin/env.pl HTTP/1.0\r\n\r\n");
            assertThat(variables(client.readResponse())).containsEntry("SERVER_NAME", "127.0.0.1")
                    .containsEntry("SERVER_PROTOCOL", "HTTP/1.0").doesNotContainKey("HTTP_HOST");
        }
    }

    // ---- the request's body

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 4096, 4097, 65_536, 65_537, 1_000_000})
    void theBodyComesWithItsLengthAndType(int length) throws Exception {
        scripts.perl("echo.pl", ECHO);
        byte[] body = random(length);

        RawClient.Response response = post("/cgi-bin/echo.pl", body, "Content-Type: application/x-test");

        assertThat(response.header("X-Length")).hasValue(String.valueOf(length));
        assertThat(response.body()).isEqualTo(latin1(body));
    }

    @Test
    void theTypeOfABodyIsAVariableOfItsOwn() throws Exception {
        scripts.perl("env.pl", ENVIRONMENT);

        assertThat(variables(post("/cgi-bin/env.pl", random(3), "Content-Type: text/x; a=b")))
                .containsEntry("CONTENT_TYPE", "text/x; a=b").containsEntry("CONTENT_LENGTH", "3")
                .doesNotContainKeys("HTTP_CONTENT_TYPE", "HTTP_CONTENT_LENGTH");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 5, 65_536, 65_537, 3_000_000})
    void aChunkedBodyComesWithItsLengthToo(int length) throws Exception {
        scripts.perl("echo.pl", ECHO);
        byte[] body = random(length);

        try (RawClient client = connect()) {
            client.send("POST /cgi-bin/echo.pl HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
            for (int at = 0; at < length; at += 50_000) {
                int size = Math.min(50_000, length - at);
                client.send(Integer.toHexString(size) + "\r\n").send(Arrays.copyOfRange(body, at, at + size)).send("\r\n");
            }
            RawClient.Response response = client.send("0\r\n\r\n").readResponse();

            assertThat(response.header("X-Length")).hasValue(String.valueOf(length));
            assertThat(response.body()).isEqualTo(latin1(body));
        }
    }

    @Test
    void aDechunkedBodyIsNotSaidToBeChunked() throws Exception {
        scripts.perl("env.pl", ENVIRONMENT);

        try (RawClient client = connect()) {
            client.send("POST /cgi-bin/env.pl HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n");
            assertThat(variables(client.readResponse())).doesNotContainKey("HTTP_TRANSFER_ENCODING")
                    .containsEntry("CONTENT_LENGTH", "1");
        }
    }

    @Test
    void takesTwentyMegabytesUpAndDown() throws Exception {
        scripts.perl("echo.pl", ECHO);
        byte[] body = random(20_000_000);

        assertThat(md5(post("/cgi-bin/echo.pl", body).body().getBytes(StandardCharsets.ISO_8859_1))).isEqualTo(md5(body));
    }

    @Test
    void holdsAnUploadThatTheScriptDoesNotRead() throws Exception {
        scripts.sh("wait.sh", "echo Content-Type: text/plain; echo; while [ ! -e ../go ]; do sleep 0.05; done; wc -c");
        int length = 24_000_000;
        byte[] piece = new byte[100_000];
        var sent = new AtomicLong();

        try (RawClient client = connect()) {
            client.readTimeout(Duration.ofSeconds(60));
            client.send("POST /cgi-bin/wait.sh HTTP/1.1\r\nHost: h\r\nContent-Length: " + length + "\r\n\r\n");
            var sending = CompletableFuture.runAsync(() -> {
                while (sent.get() < length) {
                    sendQuietly(client, "", piece);
                    sent.addAndGet(piece.length);
                }
            }, threads);
            awaitStill(sent);
            assertThat(sent.get()).isLessThan(18_000_000);
            Files.createFile(top.resolve("go"));

            assertThat(client.readResponse().body().strip()).isEqualTo(String.valueOf(length));
            sending.join();
        }
    }

    @Tag("wire")
    @Test
    void holdsAScriptWhoseClientDoesNotRead() throws Exception {
        scripts.perl("flood.pl", """
                $| = 1; print "Content-Type: text/plain\\n\\n";
                for my $i (1 .. 400) { print 'x' x 100_000; open my $f, '>', '../count'; print $f $i; close $f; }
                """);
        Path count = top.resolve("count");

        try (RawClient client = connect()) {
            client.readTimeout(Duration.ofSeconds(60));
            client.send("GET /cgi-bin/flood.pl HTTP/1.1\r\nHost: h\r\n\r\n");
            var written = new AtomicLong();
            Awaitility.await().until(() -> Files.exists(count));
            awaitStill(written, () -> Files.readString(count));
            assertThat(written.get()).isLessThan(200);

            assertThat(client.readResponse().body()).hasSize(40_000_000);
        }
    }

    private interface Reading {
        String now() throws IOException;
    }

    private static void awaitStill(AtomicLong value) {
        awaitStill(value, () -> String.valueOf(value.get()));
    }

    /** Waits until a number stays the same for a second. */
    private static void awaitStill(AtomicLong last, Reading reading) {
        var since = new AtomicLong(System.nanoTime());
        Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> {
            String text = reading.now();
            long now = text.isEmpty() ? last.get() : Long.parseLong(text);
            if (last.getAndSet(now) != now || now == 0) {
                since.set(System.nanoTime());
            }
            return System.nanoTime() - since.get() > 1_000_000_000L;
        });
    }

    @Test
    void aScriptNeedNotReadItsInput() throws Exception {
        scripts.perl("deaf.pl", "print \"Content-Type: text/plain\\n\\n\", 'y' x 1_000_000;");

        assertThat(post("/cgi-bin/deaf.pl", random(20_000_000)).body()).hasSize(1_000_000);
    }

    @Test
    void aScriptMayStopReadingItsInput() throws Exception {
        scripts.perl("enough.pl", """
                sysread(STDIN, my $piece, 10); close STDIN;
                sleep 1;
                print "Content-Type: text/plain\\n\\n", length $piece;
                """);

        assertThat(post("/cgi-bin/enough.pl", random(300_000)).body()).isEqualTo("10");
    }

    @Test
    void aScriptMayWriteMuchBeforeItReads() throws Exception {
        scripts.perl("loud.pl", """
                print "Content-Type: text/plain\\n\\n", 'z' x 2_000_000;
                my ($total, $piece) = (0);
                while (my $n = sysread(STDIN, $piece, 65536)) { $total += $n }
                print $total;
                """);

        assertThat(post("/cgi-bin/loud.pl", random(2_000_000)).body()).hasSize(2_000_007).endsWith("2000000");
    }

    @Test
    void tellsTheClientToGoOn() throws Exception {
        scripts.perl("echo.pl", ECHO);

        try (RawClient client = connect()) {
            client.send("POST /cgi-bin/echo.pl HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
            assertThat(client.readResponse().status()).isEqualTo(100);
            assertThat(client.send("hello").readResponse().body()).isEqualTo("hello");
        }
    }

    @Test
    void doesNotTellTheClientToGoOnForNothing() throws Exception {
        try (RawClient client = connect()) {
            client.send("POST /cgi-bin/nix.pl HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
            assertThat(client.readResponse().status()).isEqualTo(404);
        }
    }

    @Tag("wire")
    @Test
    void anEncodedBodyIsTheScriptsToDecode() throws Exception {
        scripts.perl("echo.pl", ECHO);
        scripts.perl("env.pl", ENVIRONMENT);

        String encoding = "Content-Encoding: gzip";
        assertThat(post("/cgi-bin/echo.pl", bytes("not really gzip"), encoding).body()).isEqualTo("not really gzip");
        assertThat(variables(post("/cgi-bin/env.pl", bytes("x"), encoding))).containsEntry("HTTP_CONTENT_ENCODING", "gzip");
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    // ---- the response

    @Test
    void answersWithAShortDocumentInOnePiece() throws Exception {
        scripts.sh("hello.sh", "printf 'Content-Type: text/plain\\r\\nX-A: b\\r\\n\\r\\nhello\\n'");

        // unless the end of the output comes later than it is waited for
        Awaitility.await().untilAsserted(() -> {
            RawClient.Response response = get("/cgi-bin/hello.sh");

            assertThat(response.statusLine()).isEqualTo("HTTP/1.1 200 OK");
            assertThat(response.header("Content-Type")).hasValue("text/plain");
            assertThat(response.header("X-A")).hasValue("b");
            assertThat(response.header("Content-Length")).hasValue("6");
            assertThat(response.body()).isEqualTo("hello\n");
        });
    }

    @Test
    void passesTheScriptsStatusOn() throws Exception {
        scripts.sh("gone.sh", "echo 'Status: 410 Gone Fishing'; echo 'Content-Type: text/plain'; echo; echo gone");

        assertThat(get("/cgi-bin/gone.sh").statusLine()).isEqualTo("HTTP/1.1 410 Gone Fishing");
    }

    @Test
    void passesRepeatedFieldsOn() throws Exception {
        scripts.sh("cookies.sh", "echo 'Set-Cookie: a=1'; echo 'Content-Type: text/plain'; echo 'Set-Cookie: b=2'; echo");

        assertThat(get("/cgi-bin/cookies.sh").headers()).filteredOn(field -> field.name().equalsIgnoreCase("set-cookie"))
                .extracting(RawClient.Field::value).containsExactly("a=1", "b=2");
    }

    @Test
    void outputIsSeenAsItIsWritten() throws Exception {
        scripts.sh("slow.sh", "echo Content-Type: text/plain; echo; echo first; "
                + "while [ ! -e ../go ]; do sleep 0.05; done; echo second");

        try (RawClient client = connect()) {
            client.send("GET /cgi-bin/slow.sh HTTP/1.1\r\nHost: h\r\n\r\n");
            while (!client.readLine().isEmpty()) {
                // the header
            }
            assertThat(client.readLine()).isEqualTo("6");
            assertThat(client.readLine()).isEqualTo("first");
            client.readLine();
            Files.createFile(top.resolve("go"));
            assertThat(client.readLine()).isEqualTo("7");
            assertThat(client.readLine()).isEqualTo("second");
        }
    }

    @Test
    void requestAndResponseStreamAtTheSameTime() throws Exception {
        scripts.perl("echo.pl", ECHO);

        try (RawClient client = connect()) {
            client.send("POST /cgi-bin/echo.pl HTTP/1.1\r\nHost: h\r\nContent-Length: 200000\r\n\r\n").send(random(100_000));
            while (!client.readLine().isEmpty()) {
                // the header, before the body is complete
            }
            long received = 0;
            while (received < 100_000) {
                int size = Integer.parseInt(client.readLine(), 16);
                client.readExactly(size);
                client.readLine();
                received += size;
            }
            client.send(random(100_000));
            for (int size = -1; size != 0; received += size) {
                size = Integer.parseInt(client.readLine(), 16);
                client.readExactly(size);
                client.readLine();
            }
            assertThat(received).isEqualTo(200_000);
        }
    }

    @Test
    void aDeclaredLengthIsKept() throws Exception {
        scripts.sh("sized.sh", "printf 'Content-Type: text/plain\\nContent-Length: 11\\n\\nhello '; sleep 0.2; printf 'world'");

        RawClient.Response response = get("/cgi-bin/sized.sh");

        assertThat(response.header("Content-Length")).hasValue("11");
        assertThat(response.header("Transfer-Encoding")).isEmpty();
        assertThat(response.body()).isEqualTo("hello world");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "sleep 0.2;"})
    void whatComesAfterADeclaredLengthIsLeftOut(String pause) throws Exception {
        scripts.sh("long.sh", "printf 'Content-Type: text/plain\\nContent-Length: 5\\n\\nhel';" + pause
                + " printf 'lo and more'");

        try (RawClient client = connect()) {
            String request = "GET /cgi-bin/long.sh HTTP/1.1\r\nHost: h\r\n\r\n";
            assertThat(client.send(request).readResponse().body()).isEqualTo("hello");
            assertThat(client.send(request).readResponse().body()).isEqualTo("hello");
        }
    }

    @Test
    void aShorterOutputThanDeclaredIsAnError() throws Exception {
        scripts.sh("short.sh", "printf 'Content-Type: text/plain\\nContent-Length: 50\\n\\nhello'");
        scripts.sh("shortlate.sh", "printf 'Content-Type: text/plain\\nContent-Length: 50\\n\\nhello'; sleep 0.2; printf x");

        // unless the end of the output comes later than it is waited for: then there is half a response
        Awaitility.await().ignoreExceptionsInstanceOf(IOException.class)
                .untilAsserted(() -> assertThat(get("/cgi-bin/short.sh").status()).isEqualTo(502));
        // unless the server comes too late to see the beginning without the end
        Awaitility.await().untilAsserted(() -> assertThatThrownBy(() -> get("/cgi-bin/shortlate.sh"))
                .isInstanceOfAny(EOFException.class, SocketException.class));
    }

    @ParameterizedTest
    @CsvSource({"204 No Content", "304 Not Modified"})
    void statusesWithoutBodyHaveNone(String status) throws Exception {
        scripts.sh("none.sh", "echo 'Status: " + status + "'; echo 'ETag: \"x\"'; echo; echo body");

        try (RawClient client = connect()) {
            String request = "GET /cgi-bin/none.sh HTTP/1.1\r\nHost: h\r\n\r\n";
            RawClient.Response first = client.send(request).readResponse();
            assertThat(first.statusLine()).isEqualTo("HTTP/1.1 " + status);
            assertThat(first.header("ETag")).hasValue("\"x\"");
            assertThat(client.send(request).readResponse().statusLine()).isEqualTo("HTTP/1.1 " + status);
        }
    }

    @Test
    void headHasTheHeaderOfGetAndNoBody() throws Exception {
        scripts.sh("page.sh", "echo 'Content-Type: text/plain'; echo \"X-Method: $REQUEST_METHOD\"; echo; echo a page");
        scripts.sh("sized.sh", "echo 'Content-Type: text/plain'; echo 'Content-Length: 12345'; echo");

        try (RawClient client = connect()) {
            // a length is told if the script has ended within moments, for which the machine must be quick enough
            Awaitility.await().atMost(Duration.ofSeconds(60)).untilAsserted(() -> {
                client.send("HEAD /cgi-bin/page.sh HTTP/1.1\r\nHost: h\r\n\r\n");
                RawClient.Response page = client.readHead();
                assertThat(page.header("X-Method")).hasValue("HEAD");
                assertThat(page.header("Content-Length")).hasValue("7");
            });
            client.send("HEAD /cgi-bin/sized.sh HTTP/1.1\r\nHost: h\r\n\r\n");
            assertThat(client.readHead().header("Content-Length")).hasValue("12345");
            client.send("GET /landing?x HTTP/1.1\r\nHost: h\r\n\r\n");
            assertThat(client.readResponse().body()).isEqualTo("landed with x");
        }
    }

    @Tag("wire")
    @Test
    void fieldValuesReachTheClientByteForByte() throws Exception {
        scripts.sh("bytes.sh", "printf 'Content-Type: text/plain\\nX-Bytes: caf\u00e9\\n\\n'");

        assertThat(get("/cgi-bin/bytes.sh").header("X-Bytes")).hasValue("caf\u00e9");
    }

    @Test
    void keepsTheConnection() throws Exception {
        scripts.perl("echo.pl", ECHO);

        try (RawClient client = connect()) {
            for (int i = 0; i < 3; i++) {
                client.send("POST /cgi-bin/echo.pl HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nh" + i);
                assertThat(client.readResponse().body()).isEqualTo("h" + i);
            }
        }
    }

    // ---- redirects

    @Test
    void aLocalRedirectIsServedAsIfAskedFor() throws Exception {
        scripts.sh("local.sh", "echo 'Location: /landing?a=b'; echo");

        RawClient.Response response = get("/cgi-bin/local.sh");

        assertThat(response.status()).isEqualTo(200);
        assertThat(response.body()).isEqualTo("landed with a=b");
        assertThat(response.header("Location")).isEmpty();
    }

    @Test
    void aLocalRedirectToAScriptIsAGetWithoutBody() throws Exception {
        scripts.perl("env.pl", ENVIRONMENT);
        scripts.sh("local.sh", "cat > /dev/null; echo 'Location: /cgi-bin/env.pl/in fo?x=y'; echo");

        RawClient.Response response = post("/cgi-bin/local.sh/p?q", bytes("a=b"), "Content-Type: text/x");

        assertThat(variables(response)).containsEntry("REQUEST_METHOD", "GET").containsEntry("QUERY_STRING", "x=y")
                .containsEntry("PATH_INFO", "/in fo").containsEntry("SCRIPT_NAME", "/cgi-bin/env.pl")
                .containsEntry("REQUEST_URI", "/cgi-bin/local.sh/p?q").containsEntry("REDIRECT_URL", "/cgi-bin/local.sh/p")
                .doesNotContainKeys(absentWithoutBody());
    }

    @Tag("wire")
    @Test
    void aLocalRedirectOfAPostReachesARouteForGet() throws Exception {
        scripts.sh("local.sh", "cat > /dev/null; echo 'Location: /landing?posted'; echo");

        assertThat(post("/cgi-bin/local.sh", bytes("a=b")).body()).isEqualTo("landed with posted");
    }

    @Test
    void localRedirectsWithoutEndAreAnError() throws Exception {
        scripts.sh("loop.sh", "echo 'Location: /cgi-bin/loop.sh'; echo");

        assertThat(get("/cgi-bin/loop.sh").status()).isEqualTo(500);
    }

    @Test
    void aClientRedirectIsFound302WithANote() throws Exception {
        scripts.sh("away.sh", "echo 'Location: http://example.org/?a&b'; echo");

        RawClient.Response response = get("/cgi-bin/away.sh");

        assertThat(response.status()).isEqualTo(302);
        assertThat(response.header("Location")).hasValue("http://example.org/?a&b");
        assertThat(response.body()).contains("<a href=\"http://example.org/?a&amp;b\">");
    }

    @Test
    void aClientRedirectMayHaveADocumentAndAStatus() throws Exception {
        scripts.sh("away.sh", "echo 'Status: 303 See Other'; echo 'Location: http://example.org/'; "
                + "echo 'Content-Type: text/plain'; echo; echo elsewhere");

        RawClient.Response response = get("/cgi-bin/away.sh");

        assertThat(response.statusLine()).isEqualTo("HTTP/1.1 303 See Other");
        assertThat(response.header("Location")).hasValue("http://example.org/");
        assertThat(response.body()).isEqualTo("elsewhere\n");
    }

    @Test
    void aRedirectThatSetsACookieReachesTheClient() throws Exception {
        scripts.sh("login.sh", "echo 'Set-Cookie: in=1'; echo 'Location: /landing'; echo");

        RawClient.Response response = get("/cgi-bin/login.sh");

        assertThat(response.status()).isEqualTo(302);
        assertThat(response.header("Location")).hasValue("/landing");
        assertThat(response.header("Set-Cookie")).hasValue("in=1");
    }

    // ---- what is wrong

    @ParameterizedTest
    @ValueSource(strings = {":", "echo", "echo no header", "echo Content-Type: text/plain",
        "echo 'Content-Type: text/plain'; printf x", "printf 'X: y\\0\\n\\n'", "echo 'Status: 99'; echo",
        "head -c 100000 /dev/zero | tr '\\0' x"})
    void whatIsNoResponseIsABadGateway(String script) throws Exception {
        scripts.sh("bad.sh", script);

        RawClient.Response response = get("/cgi-bin/bad.sh");

        assertThat(response.status()).isEqualTo(Status.BAD_GATEWAY_502.code());
        assertThat(response.body()).doesNotContain(top.toString());
    }

    @ParameterizedTest
    @CsvSource({"/cgi-bin/../outside.sh,404", "/cgi-bin/%2e%2e/outside.sh,404", "/cgi-bin/..%2foutside.sh,404",
        "/cgi-bin/sub/..%2F..%2foutside.sh,404", "/cgi-bin/ok.sh%00,400", "/cgi-bin/ok.sh%00.txt,400", "/cgi-bin/out.sh,403",
        "/cgi-bin/plain.sh,403", "/cgi-bin/,403", "/cgi-bin/.hidden.sh,404", "/cgi-bin/nix.sh,404", "/cgi-bin/ok.sh/a%2Fb,404"})
    void noPathLeavesTheDirectoryOfScripts(String path, int status) throws Exception {
        new ScriptDirectory(top).sh("outside.sh", "echo Content-Type: text/plain; echo; echo ESCAPED");
        scripts.sh("ok.sh", "echo Content-Type: text/plain; echo; echo RUN");
        scripts.sh(".hidden.sh", "echo Content-Type: text/plain; echo; echo RUN");
        scripts.plain("plain.sh", "#!/bin/sh\necho Content-Type: text/plain; echo; echo RUN");
        Files.createSymbolicLink(scripts.path().resolve("out.sh"), top.resolve("outside.sh"));

        RawClient.Response response = get(path);

        assertThat(response.status()).isEqualTo(status);
        assertThat(response.body()).doesNotContain("RUN", "ESCAPED", top.toString());
    }

    // ---- scripts as people write them

    @Test
    void runsAPerlScriptWithCgiPm() throws Exception {
        scripts.perl("form.pl", """
                use CGI;
                my $q = CGI->new;
                print $q->header(-type => 'text/plain', -cookie => $q->cookie('seen', '1'));
                print join '|', $q->param('name'), scalar $q->param('n'), $q->path_info, $q->url(-absolute => 1);
                """);
        assumeCgiPm();

        assertThat(get("/cgi-bin/form.pl/x?name=M%C3%BC&n=1").body()).isEqualTo("M\u00c3\u00bc|1|/x|/cgi-bin/form.pl");
        assertThat(post("/cgi-bin/form.pl", bytes("name=a+b&n=2"), "Content-Type: application/x-www-form-urlencoded").body())
                .isEqualTo("a b|2||/cgi-bin/form.pl");
    }

    private static void assumeCgiPm() throws Exception {
        int found = new ProcessBuilder("perl", "-MCGI", "-e", "1").redirectErrorStream(true).start().waitFor();
        Assumptions.assumeTrue(found == 0, "skipped: Perl module CGI is missing; apt-get install libcgi-pm-perl");
    }

    @Test
    void runsAPythonScript() throws Exception {
        scripts.python("form.py", """
                import os, sys, urllib.parse
                body = sys.stdin.buffer.read(int(os.environ.get('CONTENT_LENGTH') or 0))
                form = urllib.parse.parse_qs(os.environ['QUERY_STRING'] + '&' + body.decode())
                sys.stdout.write('Content-Type: text/plain; charset=utf-8\\r\\n\\r\\n')
                sys.stdout.write(repr(sorted(form.items())))
                """);

        assertThat(post("/cgi-bin/form.py?a=1", bytes("b=2")).body()).isEqualTo("[('a', ['1']), ('b', ['2'])]");
    }

    @Test
    void keepsRequestsApart() throws Exception {
        scripts.perl("echo.pl", ECHO);
        List<CompletableFuture<String>> bodies = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            byte[] body = bytes("request " + i);
            bodies.add(CompletableFuture.supplyAsync(() -> {
                try {
                    return post("/cgi-bin/echo.pl", body).body();
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
            }, threads));
        }
        for (int i = 0; i < 40; i++) {
            assertThat(bodies.get(i).join()).isEqualTo("request " + i);
        }
    }
}
