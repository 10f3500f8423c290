package dev.loomgate.gateway.fastcgi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.EOFException;
import java.net.SocketException;
import java.nio.file.Files;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

import dev.loomgate.testing.ConcurrentClass;
import dev.loomgate.testing.RawClient;

/** Scripts in PHP, run by PHP itself. Subclasses say which, and how it is started. */
@ConcurrentClass
abstract class PhpTest extends PhpTesting {
    /** Ends the process that the others are children of, the hard way, and sees to it that there is one again. */
    abstract void killMaster() throws Exception;

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
}
