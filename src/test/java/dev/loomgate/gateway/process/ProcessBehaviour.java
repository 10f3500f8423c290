package dev.loomgate.gateway.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.EOFException;
import java.io.IOException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.stream.Stream;

import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import dev.loomgate.gateway.ScriptRules;
import dev.loomgate.testing.ConcurrentClass;
import dev.loomgate.testing.Programs;
import dev.loomgate.testing.RawClient;

/** What is special about running a script as a process: its limits, its end, its surroundings. */
@ConcurrentClass
abstract class ProcessBehaviour extends ProcessTesting {
    /** The client must see that a response is not whole: by an end or a reset of the connection, whichever is first. */
    private static void assertBroken(ThrowingCallable reading) {
        assertThatThrownBy(reading).isInstanceOfAny(EOFException.class, SocketException.class);
    }

    // ---- time limits

    @Test
    void aSilentScriptIsEndedWithA504() throws Exception {
        scripts.sh("silent.sh", "echo $$ > ../pid; sleep 60");
        start(settings().noOutputTimeout(Duration.ofMillis(700)));

        // unless it was ended before it had begun
        Awaitility.await().untilAsserted(() -> {
            assertThat(get("/silent.sh").status()).isEqualTo(504);
            assertThat(top.resolve("pid")).isNotEmptyFile();
        });
        Awaitility.await().until(() -> !isAlive(pids("pid").getFirst()));
        awaitLog("WARN", "status=504", "neither written nor read anything for PT0.7S");
    }

    @Test
    void aScriptThatFallsSilentLaterBreaksItsResponse() throws Exception {
        scripts.sh("stuck.sh", OK + "echo begin; sleep 60");
        start(settings().noOutputTimeout(Duration.ofMillis(700)));

        // unless it was ended before its response had begun
        Awaitility.await().untilAsserted(() -> assertBroken(() -> get("/stuck.sh")));
    }

    @Test
    void aScriptThatWritesNowAndThenIsLeftAlone() throws Exception {
        scripts.sh("steady.sh", OK + "i=1; while [ $i -le 22 ]; do echo $i; sleep 0.2; i=$((i+1)); done");
        start(settings().noOutputTimeout(Duration.ofSeconds(4)));

        assertThat(get("/steady.sh").body().lines()).hasSize(22).startsWith("1", "2").endsWith("22");
    }

    @Test
    void aSlowUploadIsNoSilence() throws Exception {
        scripts.sh("count.sh", OK + "wc -c");
        start(settings().noOutputTimeout(Duration.ofSeconds(5)).bodyMemory(10));

        try (RawClient client = connect()) {
            client.send("POST /count.sh HTTP/1.1\r\nHost: h\r\nContent-Length: 65\r\n\r\n");
            // longer in all than the script may be silent, with pauses that are far from it
            for (int i = 0; i < 65; i++) {
                client.send("x");
                Thread.sleep(80);
            }
            assertThat(client.readResponse().body().strip()).isEqualTo("65");
        }
    }

    @Test
    void aScriptMayNotRunLongerThanAllowed() throws Exception {
        scripts.sh("endless.sh", OK + "while :; do echo x; sleep 0.05; done");
        scripts.sh("mute.sh", "sleep 60");
        start(settings().runTimeout(Duration.ofMillis(600)));

        // unless it was ended before its response had begun
        Awaitility.await().untilAsserted(() -> assertBroken(() -> get("/endless.sh")));
        awaitLog("after running for PT0.6S");
        assertThat(get("/mute.sh").status()).isEqualTo(504);
    }

    @Test
    void endsEverythingThatTheScriptStarted() throws Exception {
        scripts.sh("family.sh", """
                sh -c 'echo $$ >> ../pids; sleep 60 & echo $! >> ../pids; wait' &
                (sleep 60 & echo $! >> ../pids)
                echo $$ >> ../pids
                trap '' TERM
                while :; do sleep 1; done
                """);
        start(settings().noOutputTimeout(Duration.ofSeconds(4)));

        assertThat(get("/family.sh").status()).isEqualTo(504);
        List<Long> family = pids("pids");
        assertThat(family).hasSize(4);
        Awaitility.await().until(() -> family.stream().noneMatch(ProcessBehaviour::isAlive));
    }

    @Test
    void aScriptCanNotSignalTheServer() throws Exception {
        scripts.sh("group.sh", "trap '' TERM; kill -TERM 0; " + OK + "echo still here");
        start(settings());

        assertThat(get("/group.sh").body()).isEqualTo("still here\n");
    }

    @Test
    void mayGoOnAfterItClosedItsOutput() throws Exception {
        scripts.sh("later.sh", OK + "echo done; exec >&- 2>&-; sleep 0.3; echo x >> ../later");
        Files.createFile(top.resolve("later"));
        start(settings());

        // some of the clients are gone before the server has looked after their requests
        List<Future<RawClient.Response>> responses =
                Stream.generate(() -> inBackground(() -> get("/later.sh"))).limit(30).toList();
        for (Future<RawClient.Response> response : responses) {
            assertThat(response.get().body()).isEqualTo("done\n");
        }
        Awaitility.await().untilAsserted(() -> assertThat(Files.readAllLines(top.resolve("later"))).hasSize(30));
    }

    @Test
    void mayNotGoOnForEver() throws Exception {
        scripts.sh("later.sh", OK + "echo done; echo $$ > ../pid; exec >&- 2>&-; sleep 60");
        start(settings().noOutputTimeout(Duration.ofMillis(600)));

        // unless it was ended before it had closed its output
        Awaitility.await().ignoreExceptionsInstanceOf(IOException.class)
                .untilAsserted(() -> assertThat(get("/later.sh").body()).isEqualTo("done\n"));
        Awaitility.await().until(() -> !isAlive(pids("pid").getFirst()));
        awaitLog("too long after it closed its output");
    }

    @Test
    void whatAScriptLeavesRunningIsLeftAlone() throws Exception {
        scripts.sh("daemon.sh", OK + "sleep 60 > /dev/null 2>&1 & echo $! > ../pid");
        start(settings());

        assertThat(get("/daemon.sh").status()).isEqualTo(200);
        assertThat(isAlive(pids("pid").getFirst())).isTrue();
        ProcessHandle.of(pids("pid").getFirst()).ifPresent(ProcessHandle::destroyForcibly);
    }

    @Test
    void explainsWhoKeepsAnOutputOpenAfterItsScript() throws Exception {
        scripts.sh("holder.sh", "sleep 60 & echo $! > ../pid; exit 0");
        start(settings().noOutputTimeout(Duration.ofMillis(600)));

        // unless its time was up before it had exited
        Awaitility.await().untilAsserted(() -> {
            assertThat(get("/holder.sh").status()).isGreaterThanOrEqualTo(500);
            if (launcher() instanceof SpawnLauncher) {
                assertThat(log.lines()).anySatisfy(line -> assertThat(line).contains("status=504", "holds its output open"));
            }
        });
        if (launcher() instanceof SpawnLauncher) {
            Awaitility.await().until(() -> !isAlive(pids("pid").getFirst()));
        }
    }

    @Test
    void aScriptThatIsKilledInTheMiddleBreaksItsResponse() throws Exception {
        scripts.sh("killed.sh", OK + "echo begin; sleep 0.2; kill -9 $$");
        start(settings());

        // unless the server comes too late to see the beginning without the end
        Awaitility.await().untilAsserted(() -> assertBroken(() -> get("/killed.sh")));
        awaitLog("killed by signal 9");
    }

    // ---- the queue

    @Test
    void runsNoMoreScriptsThanAllowedAndQueuesTheRest() throws Exception {
        scripts.sh("count.sh", "n=$(ls ../running | wc -l); mkdir ../running/$$; " + OK
                + "echo $n; sleep 0.2; rmdir ../running/$$");
        Files.createDirectories(top.resolve("running"));
        start(settings().maxProcesses(3).queueTimeout(Duration.ofSeconds(90)));

        List<Future<RawClient.Response>> responses =
                Stream.generate(() -> inBackground(() -> get("/count.sh"))).limit(12).toList();
        for (Future<RawClient.Response> response : responses) {
            assertThat(response.get().status()).isEqualTo(200);
            assertThat(Integer.parseInt(response.get().body().strip())).isLessThan(3);
        }
    }

    @Test
    void refusesWhatTheQueueCanNotHold() throws Exception {
        scripts.sh("wait.sh", OK + "echo x > ../started; while [ ! -e ../go ]; do sleep 0.05; done; echo done");
        start(settings().maxProcesses(1).maxQueue(1).queueTimeout(Duration.ofSeconds(90)));

        Future<RawClient.Response> first = inBackground(() -> get("/wait.sh"));
        awaitFile("started");
        Future<RawClient.Response> second = inBackground(() -> get("/wait.sh"));
        awaitLog("DEBUG 1 requests wait for a script to end");
        Awaitility.await().untilAsserted(() -> {
            try (RawClient client = connect()) {
                client.readTimeout(Duration.ofMillis(500));
                RawClient.Response refused = client.send("GET /wait.sh HTTP/1.1\r\nHost: h\r\n\r\n").readResponse();
                assertThat(refused.status()).isEqualTo(503);
                assertThat(refused.header("Retry-After")).hasValue("90");
            } catch (SocketTimeoutException queued) {
                throw new AssertionError(queued);
            }
        });
        Files.createFile(top.resolve("go"));
        assertThat(first.get().body()).isEqualTo("done\n");
        assertThat(second.get().body()).isEqualTo("done\n");
        awaitLog("WARN", "1 requests already wait for a script to end");
    }

    @Test
    void refusesWhoHasWaitedTooLong() throws Exception {
        scripts.sh("wait.sh", OK + "echo x > ../started; while [ ! -e ../go ]; do sleep 0.05; done; echo done");
        start(settings().maxProcesses(1).queueTimeout(Duration.ofMillis(300)));

        Future<RawClient.Response> first = inBackground(() -> get("/wait.sh"));
        awaitFile("started");
        assertThat(get("/wait.sh").status()).isEqualTo(503);
        Files.createFile(top.resolve("go"));
        assertThat(first.get().body()).isEqualTo("done\n");
    }

    @Test
    void aClientThatSendsNoBodyHoldsNoPlace() throws Exception {
        scripts.sh("echo.sh", OK + "cat");
        start(settings().maxProcesses(1));

        try (RawClient slow = connect(); RawClient slower = connect()) {
            slow.send("POST /echo.sh HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n12345");
            slower.send("POST /echo.sh HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n");
            assertThat(get("/echo.sh").status()).isEqualTo(200);
            assertThat(slow.send("67890").readResponse().body()).isEqualTo("1234567890");
        }
    }

    @Test
    void manyWaitingScriptsDoNotKeepOthersWaiting() throws Exception {
        scripts.sh("wait.sh", OK + "echo x > ../started/$$; while [ ! -e ../go ]; do sleep 1; done; echo done");
        scripts.sh("quick.sh", OK + "echo quick");
        Files.createDirectories(top.resolve("started"));
        start(settings().maxProcesses(300));

        List<Future<RawClient.Response>> waiting =
                Stream.generate(() -> inBackground(() -> get("/wait.sh"))).limit(60).toList();
        Awaitility.await().atMost(Duration.ofSeconds(90)).until(() -> {
            try (Stream<Path> files = Files.list(top.resolve("started"))) {
                return files.count() == 60;
            }
        });
        assertThat(get("/quick.sh").body()).isEqualTo("quick\n");
        Files.createFile(top.resolve("go"));
        for (Future<RawClient.Response> response : waiting) {
            assertThat(response.get().body()).isEqualTo("done\n");
        }
    }

    // ---- the client goes away

    @Test
    void endsTheScriptWhenTheClientCanNotBeWrittenTo() throws Exception {
        scripts.sh("chatty.sh", "echo $$ > ../pid; " + OK + "while :; do echo xxxxxxxxxxxxxxxx; sleep 0.05; done");
        start(settings());

        try (RawClient client = connect()) {
            client.send("GET /chatty.sh HTTP/1.1\r\nHost: h\r\n\r\n").readLine();
        }
        Awaitility.await().until(() -> !isAlive(pids("pid").getFirst()));
    }

    @Test
    void endsTheScriptWhenTheClientLeavesInTheMiddleOfItsBody() throws Exception {
        scripts.sh("read.sh", "echo $$ > ../pid; cat > /dev/null; sleep 60");
        start(settings().bodyMemory(10));

        try (RawClient client = connect()) {
            client.send("POST /read.sh HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\n" + "x".repeat(500));
            pids("pid");
        }
        Awaitility.await().until(() -> !isAlive(pids("pid").getFirst()));
    }

    @Tag("wire")
    @Test
    void endsASilentScriptWhenTheClientLeaves() throws Exception {
        scripts.sh("silent.sh", "sleep 60 & echo $! > ../pids; echo $$ >> ../pids; wait");
        start(settings());

        try (RawClient client = connect()) {
            client.send("GET /silent.sh HTTP/1.1\r\nHost: h\r\n\r\n");
            pids("pids");
        }
        Awaitility.await().until(() -> pids("pids").stream().noneMatch(ProcessBehaviour::isAlive));
    }

    @Tag("wire")
    @Test
    void forgetsAQueuedRequestWhoseClientLeaves() throws Exception {
        scripts.sh("wait.sh", "echo x >> ../started; " + OK + "while [ ! -e ../go ]; do sleep 0.05; done; echo done");
        start(settings().maxProcesses(1).maxQueue(1));

        Future<RawClient.Response> first = inBackground(() -> get("/wait.sh"));
        awaitFile("started");
        try (RawClient client = connect()) {
            client.send("GET /wait.sh HTTP/1.1\r\nHost: h\r\n\r\n");
            awaitLog("DEBUG 1 requests wait for a script to end");
        }
        awaitLog("DEBUG client failed", "wait.sh");
        Future<RawClient.Response> third = inBackground(() -> get("/wait.sh"));
        Files.createFile(top.resolve("go"));
        assertThat(first.get().body()).isEqualTo("done\n");
        assertThat(third.get().body()).isEqualTo("done\n");
        assertThat(Files.readAllLines(top.resolve("started"))).hasSize(2);
    }

    // ---- scripts that write the response themselves

    @Test
    void takesTheStatusLineOfAnNphScript() throws Exception {
        scripts.sh("nph-old.sh", "printf 'HTTP/1.1 203 By Hand\\r\\nContent-Type: text/plain\\r\\n"
                + "Content-Length: 5\\r\\n\\r\\nhello'");
        start(settings());

        RawClient.Response response = get("/nph-old.sh");
        assertThat(response.statusLine()).isEqualTo("HTTP/1.1 203 By Hand");
        assertThat(response.body()).isEqualTo("hello");
    }

    @Tag("wire")
    @Test
    void passesTheBytesOfAnNphScriptOnUnchanged() throws Exception {
        scripts.sh("nph-raw.sh", "printf 'HTTP/1.0 299 Odd Reason\\r\\nX-a:1\\r\\n\\r\\n'; echo first; "
                + "while [ ! -e ../go ]; do sleep 0.05; done; echo second");
        start(settings());

        try (RawClient client = connect()) {
            client.send("GET /nph-raw.sh HTTP/1.1\r\nHost: h\r\n\r\n");
            assertThat(client.readLine()).isEqualTo("HTTP/1.0 299 Odd Reason");
            assertThat(client.readLine()).isEqualTo("X-a:1");
            assertThat(client.readLine()).isEmpty();
            assertThat(client.readLine()).isEqualTo("first");
            Files.createFile(top.resolve("go"));
            assertThat(client.readToEnd()).isEqualTo("second\n");
        }
    }

    // ---- how a script is started

    @Test
    void runsInItsOwnDirectoryWithNothingOpenButItsThreeStreams() throws Exception {
        Programs.require("perl", "perl");
        scripts.perl("sub/where.pl", """
                use Cwd; use POSIX ();
                print "Content-Type: text/plain\\n\\n", getcwd(), "\\n";
                opendir(my $fds, '/proc/self/fd'); my $own = fileno($fds) // -1;
                my @open = grep { /^\\d+$/ && readlink("/proc/self/fd/$_") !~ m{^/proc/\\d+/fd$|where.pl$} } readdir $fds;
                print "@open\\n";
                print getpgrp() == $$ ? 'leads' : 'follows', "\\n";
                my $set = POSIX::SigSet->new; POSIX::sigprocmask(0, undef, $set);
                print join(' ', grep { $set->ismember($_) } 1 .. 31), "\\n";
                # perl itself ignores FPE
                print join(' ', grep { defined $SIG{$_} && $SIG{$_} eq 'IGNORE' && $_ ne 'FPE' } sort keys %SIG), "\\n";
                """);
        start(settings());

        assertThat(get("/sub/where.pl").body().lines()).containsExactly(
                scripts.path().resolve("sub").toRealPath().toString(), "0 1 2", "leads", "",
                String.join(" ", signalsIgnored()));
    }

    /** Names of the signals that scripts may find ignored, in the order of the alphabet. */
    List<String> signalsIgnored() throws IOException {
        return List.of();
    }

    @Test
    void runsACompiledProgram() throws Exception {
        Path compiler = Programs.require("gcc", "gcc");
        Path source = scripts.plain("../hello.c", """
                #include <stdio.h>
                #include <stdlib.h>
                int main(int argc, char **argv) {
                    printf("Content-Type: text/plain\\r\\n\\r\\n%d %s %s", argc, argv[0], getenv("QUERY_STRING"));
                    return 0;
                }
                """);
        Path program = scripts.path().resolve("hello.cgi");
        assertThat(new ProcessBuilder(compiler.toString(), "-o", program.toString(), source.toString()).start().waitFor())
                .isZero();
        start(settings());

        assertThat(get("/hello.cgi?a=b").body()).isEqualTo("1 " + program + " a=b");
    }

    @Test
    void runsPhpThroughItsInterpreter() throws Exception {
        Path php = Programs.require("php-cgi", "php-cgi");
        scripts.plain("form.php", """
                <?php header('X-Powered-By: hand'); http_response_code(201);
                echo $_SERVER['REQUEST_METHOD'], '|', $_GET['a'] ?? '', '|', $_POST['b'] ?? '', '|', $_SERVER['PATH_INFO'];
                """);
        start(settings(), ScriptRules.defaults().withInterpreters(Map.of(".php", List.of(php.toString()))));

        try (RawClient client = connect()) {
            client.send("POST /form.php/p?a=1 HTTP/1.1\r\nHost: h\r\nContent-Type: application/x-www-form-urlencoded\r\n"
                    + "Content-Length: 3\r\n\r\nb=2");
            RawClient.Response response = client.readResponse();
            assertThat(response.status()).isEqualTo(201);
            assertThat(response.header("X-Powered-By")).hasValue("hand");
            assertThat(response.body()).isEqualTo("POST|1|2|/p");
        }
    }

    @Test
    void aQueryBecomesArgumentsOnlyIfAllowed() throws Exception {
        scripts.sh("args.sh", OK + "for a in \"$@\"; do echo \"[$a]\"; done");
        start(settings());
        assertThat(get("/args.sh?-s+x").body()).isEmpty();
        server.close();
        gateway.close();

        start(settings().queryArguments(true));
        assertThat(get("/args.sh?one+t%77o%2B+%C3%BC").body()).isEqualTo("[one]\n[two+]\n[\u00c3\u00bc]\n");
        assertThat(get("/args.sh?a=b+c").body()).isEmpty();
        assertThat(get("/args.sh?one+%00").body()).isEmpty();
    }

    @Test
    void anotherRouteMayServeWhatIsNoScript() throws Exception {
        scripts.plain("style.css", "");
        start(settings(), ScriptRules.defaults().withExtensions(Set.of(".sh")));

        assertThat(get("/style.css").body()).isEqualTo("next route");
    }

    @Test
    void sendsTheClientToTheSlashOfADirectory() throws Exception {
        scripts.sh("app/index.sh", OK + "echo $SCRIPT_NAME");
        start(settings(), ScriptRules.defaults().withIndex(List.of("index.sh")));

        assertThat(get("/app?x=y").header("Location")).hasValue("/app/?x=y");
        assertThat(get("/app").status()).isEqualTo(301);
        assertThat(get("/app/").body()).isEqualTo("/app/index.sh\n");
    }

    @Test
    void anEnvironmentLargerThanUsualIsPassed() throws Exception {
        scripts.sh("env.sh", OK + "echo ${#BIG}");
        start(settings().environment(Map.of("BIG", "x".repeat(100_000))));

        assertThat(get("/env.sh").body()).isEqualTo("100000\n");
    }

    @Test
    void saysWhyAScriptCanNotBeStarted() throws Exception {
        scripts.sh("plain.sh", "");
        Files.setPosixFilePermissions(scripts.path().resolve("plain.sh"), Set.of());
        scripts.executable("crlf.sh", "#!/bin/sh\r\necho hello\r\n");
        scripts.executable("nowhere.sh", "#!/usr/bin/no-such-interpreter -x\necho hello\n");
        scripts.executable("noshebang.sh", "echo hello\n");
        scripts.executable("empty.sh", "");
        start(settings());

        assertThat(get("/plain.sh").status()).isEqualTo(403);
        awaitLog("WARN", "chmod +x '" + scripts.path().resolve("plain.sh") + "'");
        assertThat(get("/crlf.sh").status()).isEqualTo(500);
        awaitLog("WARN", "carriage return", "Unix line ends");
        assertThat(get("/nowhere.sh").status()).isEqualTo(500);
        awaitLog("WARN", "'#!/usr/bin/no-such-interpreter -x' does not exist");
        assertThat(get("/noshebang.sh").status()).isEqualTo(500);
        awaitLog("WARN", "noshebang.sh", "add a first line such as #!/bin/sh");
        assertThat(get("/empty.sh").status()).isEqualTo(500);
    }

    // ---- what a script leaves behind

    @Test
    void logsErrorOutputUnderTheScriptsName() throws Exception {
        scripts.sh("warn.sh", "echo 'Use of \\033[31muninitialized value' >&2; " + OK + "printf 'no line end' >&2");
        start(settings());

        assertThat(get("/warn.sh").status()).isEqualTo(200);
        awaitLog("WARN Use of \\x1B[31muninitialized value", "script=" + scripts.path().resolve("warn.sh"), "pid=");
        awaitLog("WARN no line end");
    }

    @Test
    void neitherEndlessLinesNorEndlesslyManyFillTheLog() throws Exception {
        scripts.sh("noise.sh", "head -c 500000 /dev/zero | tr '\\0' x >&2; echo >&2; i=0; "
                + "while [ $i -lt 5000 ]; do echo line $i >&2; i=$((i+1)); done; " + OK + "echo done");
        start(settings());

        assertThat(get("/noise.sh").body()).isEqualTo("done\n");
        awaitLog("more lines left out");
        assertThat(log.lines()).hasSizeLessThan(600).allSatisfy(line -> assertThat(line).hasSizeLessThan(1_300));
    }

    @Test
    void logsAnExitStatusThatIsNotZero() throws Exception {
        scripts.sh("three.sh", OK + "echo fine; exit 3");
        scripts.sh("nothing.sh", "exit 4");
        scripts.sh("die.sh", OK + "echo fine; exit 255");
        start(settings());

        assertThat(get("/three.sh").body()).isEqualTo("fine\n");
        awaitLog("WARN", "it exited with status 3", "three.sh");
        // unless its end is known too late to explain it
        Awaitility.await().untilAsserted(() -> {
            assertThat(get("/nothing.sh").status()).isEqualTo(502);
            assertThat(log.lines()).anySatisfy(line -> assertThat(line)
                    .contains("WARN", "it wrote nothing (it exited with status 4)", "status=502", "path=/nothing.sh"));
        });
        // what perl's die ends with; no signal has the number 127
        assertThat(get("/die.sh").body()).isEqualTo("fine\n");
        awaitLog("WARN", "it exited with status 255", "die.sh");
    }

    @Test
    void leavesNoTemporaryFile() throws Exception {
        scripts.sh("count.sh", OK + "wc -c");
        scripts.sh("dumb.sh", "exit 1");
        start(settings().bodyMemory(1_000));

        for (String path : List.of("/count.sh", "/dumb.sh", "/nix.sh")) {
            try (RawClient client = connect()) {
                client.send(chunkedPost(path)).send("0\r\n\r\n").readResponse();
            }
        }
        try (RawClient client = connect()) {
            client.send(chunkedPost("/count.sh"));
        }
        Awaitility.await().until(() -> {
            try (Stream<Path> files = Files.list(top.resolve("tmp"))) {
                return files.findAny().isEmpty();
            }
        });
    }

    /** A request with a chunk of 2,000 bytes, without the last one. */
    private static String chunkedPost(String path) {
        return "POST " + path + " HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n7d0\r\n"
                + "x".repeat(2_000) + "\r\n";
    }

    @Test
    void refusesABodyThatIsTooLong() throws Exception {
        scripts.sh("count.sh", OK + "wc -c");
        start(settings().bodyMemory(100).maxBody(1_000));

        try (RawClient client = connect()) {
            client.send("POST /count.sh HTTP/1.1\r\nHost: h\r\nContent-Length: 1001\r\n\r\n");
            assertThat(client.readHead().status()).isEqualTo(413);
        }
        try (RawClient client = connect()) {
            client.send(chunkedPost("/count.sh")).send("0\r\n\r\n");
            assertThat(client.readHead().status()).isEqualTo(413);
        }
    }

    @Test
    void closingEndsTheScriptsThatRun() throws Exception {
        scripts.sh("long.sh", "echo $$ > ../pid; " + OK + "echo begin; sleep 60");
        start(settings());

        try (RawClient client = connect()) {
            client.send("GET /long.sh HTTP/1.1\r\nHost: h\r\n\r\n");
            // a response that has not begun would be another
            RawClient.Response head = client.readHead();
            assertThat(head.status()).isEqualTo(200);
            gateway.close();
            assertThat(isAlive(pids("pid").getFirst())).isFalse();
            assertBroken(() -> client.readBody(head));
            assertThat(get("/long.sh").status()).isEqualTo(503);
        }
    }
}
