package dev.loomgate.gateway.fastcgi;

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
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

import io.helidon.webserver.http.HttpRouting;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import dev.loomgate.gateway.GatewaySettings;
import dev.loomgate.gateway.ScriptResolver;
import dev.loomgate.gateway.ScriptRules;
import dev.loomgate.testing.LogCapture;
import dev.loomgate.testing.RawClient;
import dev.loomgate.testing.ScriptDirectory;
import dev.loomgate.testing.TestServer;
import dev.loomgate.upstream.Endpoint;
import dev.loomgate.upstream.Places;
import dev.loomgate.upstream.Pool;
import dev.loomgate.upstream.PoolSettings;

/** Scripts in PHP, run by PHP itself. Subclasses say which, and how it is started. */
abstract class PhpTest {
    static final int CHILDREN = 4;

    @TempDir
    Path top;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    final LogCapture log = LogCapture.of("dev.loomgate");
    ScriptDirectory scripts;
    private FastCgiGateway gateway;
    private TestServer server;

    /** A gateway to PHP, which it starts or finds running. */
    abstract FastCgiGateway start(ScriptResolver resolver) throws Exception;

    /** Ends the process that the others are children of, the hard way, and sees to it that there is one again. */
    abstract void killMaster() throws Exception;

    @BeforeEach
    void startServer() throws Exception {
        scripts = new ScriptDirectory(top.resolve("www"));
        Files.createDirectories(scripts.path());
        scripts.plain("pid.php", "<?php header('Content-Type: text/plain'); echo getmypid();");
        gateway = start(ScriptResolver.ofDirectory("", scripts.path(), ScriptRules.defaults().withExtensions(Set.of(".php"))
                .withIndex(List.of("index.php")).withoutExecutableCheck()));
        server = TestServer.start(HttpRouting.builder().any(gateway));
        Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> get("/pid.php").status() == 200);
    }

    @AfterEach
    void stop() {
        if (server != null) {
            server.close();
        }
        if (gateway != null) {
            gateway.close();
        }
        threads.shutdownNow();
        log.close();
    }

    static Pool pool(Endpoint endpoint) {
        var places = new Places.Limits(CHILDREN, 1024, Duration.ofSeconds(30), "a request", "wait");
        return new Pool(endpoint, new PoolSettings(places, Duration.ofSeconds(5), PoolSettings.PATIENCE, Duration.ofSeconds(10),
                Duration.ofHours(1)));
    }

    static GatewaySettings settings(Path root) {
        return GatewaySettings.defaults().withDocumentRoot(Optional.of(root));
    }

    private RawClient connect() throws IOException {
        return RawClient.connect(server.port()).readTimeout(Duration.ofSeconds(60));
    }

    RawClient.Response get(String path) throws IOException {
        try (RawClient client = connect()) {
            return client.send("GET " + path + " HTTP/1.1\r\nHost: example.org\r\n\r\n").readResponse();
        }
    }

    void awaitLog(String... parts) {
        Awaitility.await().untilAsserted(() -> assertThat(log.lines()).anySatisfy(line -> assertThat(line).contains(parts)));
    }

    @Test
    void scriptsKnowWhatTheyWereAskedFor() throws Exception {
        scripts.plain("server.php", "<?php foreach (['SCRIPT_NAME', 'SCRIPT_FILENAME', 'PATH_INFO', 'PHP_SELF', 'REQUEST_URI', "
                + "'QUERY_STRING', 'DOCUMENT_ROOT', 'HTTP_HOST', 'REQUEST_METHOD'] as $name) echo $_SERVER[$name], \"\\n\"; "
                + "echo $_GET['a'];");

        assertThat(get("/server.php/x/y?a=b+c").body().lines()).containsExactly("/server.php",
                scripts.path().resolve("server.php").toString(), "/x/y", "/server.php/x/y", "/server.php/x/y?a=b+c", "a=b+c",
                scripts.path().toString(), "example.org", "GET", "b c");
    }

    @Test
    void anIndexAnswersForItsDirectory() throws Exception {
        scripts.plain("sub/index.php", "<?php echo $_SERVER['SCRIPT_NAME'];");

        assertThat(get("/sub/").body()).isEqualTo("/sub/index.php");
        assertThat(get("/sub").header("Location")).hasValue("/sub/");
    }

    @Test
    void formsAndSessionsAndUploadsWork() throws Exception {
        scripts.plain("form.php", "<?php ini_set('session.save_path', '" + top + "'); session_start(); "
                + "$_SESSION['n'] = ($_SESSION['n'] ?? 0) + 1; echo $_SESSION['n'], '|', $_POST['name'] ?? '', '|', "
                + "isset($_FILES['f']) ? md5_file($_FILES['f']['tmp_name']) : '';");
        try (RawClient client = connect()) {
            RawClient.Response first = client.send("POST /form.php HTTP/1.1\r\nHost: h\r\nContent-Length: 8\r\n"
                    + "Content-Type: application/x-www-form-urlencoded\r\n\r\nname=a+b").readResponse();
            assertThat(first.body()).isEqualTo("1|a b|");
            String cookie = first.header("Set-Cookie").orElseThrow().split(";")[0];
            byte[] file = new byte[300_000];
            new Random(1).nextBytes(file);
            String head = "--x\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a\"\r\n\r\n";
            client.send("POST /form.php HTTP/1.1\r\nHost: h\r\nContent-Length: " + (head.length() + file.length + 9) + "\r\nCookie: "
                    + cookie + "\r\nContent-Type: multipart/form-data; boundary=x\r\n\r\n" + head).send(file).send("\r\n--x--\r\n");
            assertThat(client.readResponse().body()).isEqualTo("2||"
                    + HexFormat.of().formatHex(MessageDigest.getInstance("MD5").digest(file)));
        }
    }

    @Test
    void statusesAndRedirectsAndErrorsComeThrough() throws Exception {
        scripts.plain("gone.php", "<?php http_response_code(410); header('X-A: 1'); header('X-A: 2', false); echo 'gone';");
        scripts.plain("away.php", "<?php header('Location: http://example.org/');");
        scripts.plain("oops.php", "<?php ini_set('display_errors', '0'); undefined_function();");

        assertThat(get("/gone.php").status()).isEqualTo(410);
        assertThat(get("/gone.php").headers()).filteredOn(field -> field.name().equalsIgnoreCase("x-a")).hasSize(2);
        assertThat(get("/away.php").status()).isEqualTo(302);
        assertThat(get("/oops.php").status()).isEqualTo(500);
        awaitLog("Call to undefined function undefined_function()", "oops.php");
        assertThat(get("/absent.php").status()).isEqualTo(404);
    }

    @Test
    void aHundredMegabytesGoUpAndDownInLittleMemory() throws Exception {
        scripts.plain("echo.php", "<?php header('Content-Type: application/octet-stream'); ini_set('memory_limit', '16M'); "
                + "$in = fopen('php://input', 'r'); while (ob_get_level()) ob_end_clean(); "
                + "while (!feof($in)) { echo fread($in, 65536); flush(); }");
        int length = 100_000_000;
        byte[] piece = new byte[1_000_000];
        new Random(2).nextBytes(piece);
        long before = usedHeap();

        try (RawClient client = connect()) {
            client.send("POST /echo.php HTTP/1.1\r\nHost: h\r\nContent-Type: x/y\r\nContent-Length: " + length + "\r\n\r\n");
            Future<?> sending = threads.submit(() -> {
                for (int sent = 0; sent < length; sent += piece.length) {
                    client.send(piece);
                }
                return null;
            });
            while (!client.readLine().isEmpty()) {
                // the header
            }
            long received = 0;
            for (int size = -1; size != 0; received += size) {
                size = Integer.parseInt(client.readLine(), 16);
                byte[] chunk = client.readExactly(size);
                for (int i = 0; i < size; i += 997) {
                    assertThat(chunk[i]).isEqualTo(piece[(int) ((received + i) % piece.length)]);
                }
                client.readLine();
            }
            assertThat(received).isEqualTo(length);
            sending.get();
        }
        assertThat(usedHeap() - before).isLessThan(50_000_000);
    }

    private static long usedHeap() {
        System.gc();
        Runtime runtime = Runtime.getRuntime();
        return runtime.totalMemory() - runtime.freeMemory();
    }

    @Test
    void outputIsSeenAsItIsWritten() throws Exception {
        scripts.plain("slow.php", "<?php header('Content-Type: text/plain'); while (ob_get_level()) ob_end_flush(); echo 'first'; flush(); "
                + "while (!file_exists('" + top.resolve("go") + "')) { usleep(20000); clearstatcache(); } echo 'second';");

        try (RawClient client = connect()) {
            client.send("GET /slow.php HTTP/1.1\r\nHost: h\r\n\r\n");
            while (!client.readLine().isEmpty()) {
                // the header
            }
            assertThat(client.readLine()).isEqualTo("5");
            assertThat(client.readLine()).isEqualTo("first");
            Files.createFile(top.resolve("go"));
            assertThat(client.readLine()).isEqualTo("6");
        }
    }

    @Test
    void moreRequestsThanChildrenAreServedInTurn() throws Exception {
        scripts.plain("nap.php", "<?php usleep(30000); echo getmypid();");
        Set<String> pids = ConcurrentHashMap.newKeySet();

        List<Future<?>> all = Stream.generate(() -> threads.<Object>submit(() -> {
            RawClient.Response response = get("/nap.php");
            assertThat(response.status()).isEqualTo(200);
            return pids.add(response.body());
        })).limit(60).<Future<?>>map(future -> future).toList();
        for (Future<?> one : all) {
            one.get();
        }
        assertThat(pids).hasSizeBetween(2, CHILDREN);
    }

    @Test
    void onlyWhatAKilledChildWorkedOnFails() throws Exception {
        scripts.plain("work.php", "<?php usleep(5000); echo 'done';");
        AtomicInteger done = new AtomicInteger();
        AtomicInteger failed = new AtomicInteger();
        var stop = new AtomicBoolean();
        List<Future<?>> clients = Stream.generate(() -> threads.<Object>submit(() -> {
            while (!stop.get()) {
                int status = get("/work.php").status();
                assertThat(status).isIn(200, 502);
                (status == 200 ? done : failed).incrementAndGet();
            }
            return null;
        })).limit(CHILDREN).<Future<?>>map(future -> future).toList();

        for (int kill = 0; kill < 5; kill++) {
            int before = done.get();
            Awaitility.await().until(() -> done.get() > before + 20);
            String pid = get("/pid.php").body();
            ProcessHandle.of(Long.parseLong(pid)).orElseThrow().destroyForcibly();
        }
        // what the last one worked on has failed by then
        int killed = done.get();
        Awaitility.await().until(() -> done.get() > killed + 100);
        int before = done.get();
        int failures = failed.get();
        Awaitility.await().until(() -> done.get() > before + 50);
        stop.set(true);
        for (Future<?> client : clients) {
            client.get();
        }
        assertThat(failed.get()).isEqualTo(failures).isLessThanOrEqualTo(10);
    }

    @Test
    void aKilledMasterIsReplaced() throws Exception {
        String before = get("/pid.php").body();

        killMaster();

        // what is in flight may fail; within moments all is well
        Awaitility.await().until(() -> {
            RawClient.Response response = get("/pid.php");
            return response.status() == 200 && !response.body().equals(before);
        });
        for (int i = 0; i < 50; i++) {
            assertThat(get("/pid.php").status()).isEqualTo(200);
        }
    }

    @Test
    void aChildThatIsKilledInTheMiddleIsABadGateway() throws Exception {
        scripts.plain("die.php", "<?php posix_kill(getmypid(), 9);");

        assertThat(get("/die.php").status()).isEqualTo(502);
        awaitLog("WARN", "status=502", "failed before any answer");
        assertThat(get("/pid.php").status()).isEqualTo(200);
    }

    @Test
    void aChildThatIsKilledInTheMiddleOfItsAnswerBreaksIt() throws Exception {
        scripts.plain("half.php", "<?php echo str_repeat('x', 100000); ob_flush(); flush(); posix_kill(getmypid(), 9);");

        assertThatThrownBy(() -> get("/half.php")).isInstanceOfAny(EOFException.class, SocketException.class);
        awaitLog("WARN", "half.php", "failed in the middle of the answer");
        assertThat(get("/pid.php").status()).isEqualTo(200);
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    static Map<String, String> environment() {
        return Map.of("PATH", System.getenv("PATH"));
    }
}
