package dev.loomgate.gateway.forkserver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.EOFException;
import java.io.IOException;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import dev.loomgate.testing.ConcurrentClass;
import dev.loomgate.testing.Programs;
import dev.loomgate.testing.RawClient;

/** Limits, changes of files, and what happens when a process dies. */
@ConcurrentClass
class ForkServerBehaviourTest extends ForkServerTesting {
    private static final ForkServerSettings SETTINGS =
            ForkServerSettings.defaults().withMode(ForkServerSettings.Mode.FORK_SERVER);

    private String counting(String language) throws Exception {
        if (language.equals("perl")) {
            scripts.perl("which.cgi", OK + "print getppid");
        } else {
            scripts.python("which.cgi", "import os\n" + PYTHON_OK + "print(os.getppid(), end='')");
        }
        return "/which.cgi";
    }

    // ---- what a server keeps of requests

    @ParameterizedTest
    @ValueSource(strings = {"perl", "python"})
    void forgetsRequestsThatWereToEndAndHadEnded(String language) throws Exception {
        counting(language);
        String program = language.equals("perl") ? "perl" : "python3";
        var interpreter = new Interpreter(language.equals("perl") ? Language.PERL : Language.PYTHON,
                List.of(Programs.require(program, program).toString()));
        var launch = new Launch(scripts.path().resolve("which.cgi"), interpreter, Map.of(), OptionalLong.empty(), Duration.ofSeconds(1),
                Duration.ofSeconds(30), 1, false);
        try (var directory = new RuntimeDirectory(top)) {
            Driver driver = Driver.start(launch, directory, new AtomicLong());
            inBackground(() -> {
                driver.listen(Duration.ofMinutes(1), ended -> { });
                return null;
            });
            driver.kill(1);
            assertThat(driver.unwantedCount()).isEqualTo(1);
            Awaitility.await().until(() -> {
                driver.askForChildren();
                return driver.unwantedCount() == 0;
            });
            driver.destroy();
            assertThat(driver.awaitEnd(Duration.ofSeconds(30))).isTrue();
        }
    }

    // ---- time limits and memory

    @Test
    void aSilentScriptIsEndedWithA504() throws Exception {
        scripts.perl("silent.pl", "open my $f, '>', '../pid'; print $f $$; close $f; sleep 60");
        start(processes().noOutputTimeout(Duration.ofMillis(700)), SETTINGS);

        // unless it was ended before it had begun
        Awaitility.await().untilAsserted(() -> {
            assertThat(get("/silent.pl").status()).isEqualTo(504);
            assertThat(top.resolve("pid")).isNotEmptyFile();
        });
        Awaitility.await().until(() -> !isAlive(pids("pid").getFirst()));
        awaitLog("WARN", "status=504", "neither written nor read anything for PT0.7S");
    }

    @Test
    void aScriptMayNotRunLongerThanAllowed() throws Exception {
        scripts.python("endless.py", "import time\n" + PYTHON_OK + "while True:\n    print('x', flush=True)\n    time.sleep(0.05)");
        start(processes().runTimeout(Duration.ofMillis(900)), SETTINGS);

        // unless it was ended before its response had begun
        Awaitility.await().untilAsserted(() -> assertThatThrownBy(() -> get("/endless.py"))
                .isInstanceOfAny(EOFException.class, SocketException.class));
        awaitLog("after running for PT0.9S");
    }

    @Test
    void endsEverythingThatTheScriptStarted() throws Exception {
        scripts.perl("family.pl", """
                $SIG{TERM} = 'IGNORE';
                open my $f, '>', '../pids'; $f->autoflush(1);
                for (1, 2) { my $pid = fork // die; if (!$pid) { $SIG{TERM} = 'DEFAULT' if $_ == 1; sleep 60; exit } print $f "$pid\\n"; }
                print $f "$$\\n"; sleep 1 while 1;
                """);
        start(processes().noOutputTimeout(Duration.ofSeconds(4)), SETTINGS);

        assertThat(get("/family.pl").status()).isEqualTo(504);
        List<Long> family = pids("pids");
        assertThat(family).hasSize(3);
        Awaitility.await().until(() -> family.stream().noneMatch(ForkServerTesting::isAlive));
    }

    @ParameterizedTest
    @ValueSource(strings = {"perl", "python"})
    void aScriptGetsNoMoreMemoryThanAllowed(String language) throws Exception {
        if (language.equals("perl")) {
            scripts.perl("hungry.cgi", "my $x = 'x' x ($ENV{QUERY_STRING} << 20); " + OK + "print length($x) >> 20");
        } else {
            scripts.python("hungry.cgi", "import os\nx = 'x' * (int(os.environ['QUERY_STRING']) << 20)\n" + PYTHON_OK
                    + "print(len(x) >> 20, end='')");
        }
        start(processes().memoryLimit(200 << 20), SETTINGS);

        assertThat(body("/hungry.cgi?20")).isEqualTo("20");
        assertThat(get("/hungry.cgi?400").status()).isEqualTo(502);
        assertThat(body("/hungry.cgi?20")).isEqualTo("20");
        awaitLog("hungry.cgi", "emory");
    }

    @Test
    void runsNoMoreScriptsThanAllowedAndQueuesTheRest() throws Exception {
        scripts.perl("count.pl", "my $n = () = glob '../running/*'; mkdir \"../running/$$\"; " + OK
                + "print $n; select undef, undef, undef, 0.2; rmdir \"../running/$$\"");
        Files.createDirectories(top.resolve("running"));
        start(processes().maxProcesses(3).queueTimeout(Duration.ofSeconds(90)), SETTINGS);

        List<Future<RawClient.Response>> responses =
                Stream.generate(() -> inBackground(() -> get("/count.pl"))).limit(12).toList();
        for (Future<RawClient.Response> response : responses) {
            assertThat(response.get().status()).isEqualTo(200);
            assertThat(Integer.parseInt(response.get().body())).isLessThan(3);
        }
    }

    // ---- the client goes away

    @Test
    void endsASilentScriptWhenTheClientLeaves() throws Exception {
        scripts.python("silent.py", "import os, subprocess\nchild = subprocess.Popen(['sleep', '60'])\n"
                + "with open('../pids', 'w') as f: f.write(f'{child.pid}\\n{os.getpid()}\\n')\nchild.wait()");
        start();

        try (RawClient client = connect()) {
            client.send("GET /silent.py HTTP/1.1\r\nHost: h\r\n\r\n");
            Awaitility.await().until(() -> pids("pids").size() == 2);
        }
        Awaitility.await().until(() -> pids("pids").stream().noneMatch(ForkServerTesting::isAlive));
    }

    @Test
    void endsTheScriptWhenTheClientLeavesInTheMiddleOfItsBody() throws Exception {
        scripts.perl("read.pl", "open my $f, '>', '../pid'; print $f $$; close $f; 1 while <STDIN>; sleep 60");
        start();

        try (RawClient client = connect()) {
            client.send("POST /read.pl HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n" + "x".repeat(500));
            pids("pid");
        }
        Awaitility.await().until(() -> !isAlive(pids("pid").getFirst()));
    }

    // ---- files change

    @ParameterizedTest
    @ValueSource(strings = {"perl", "python"})
    void runsAScriptAsItIsNow(String language) throws Exception {
        write(language, "one");
        start();

        assertThat(body("/a.cgi")).isEqualTo("one");
        write(language, "three");
        assertThat(body("/a.cgi")).isEqualTo("three");
        awaitLog("fork server started, because of a change of " + scripts.path() + "/a.cgi");
        Awaitility.await().until(() -> drivers().size() == 1);
    }

    private void write(String language, String answer) throws Exception {
        Path file = language.equals("perl") ? scripts.perl("new.cgi", OK + "print '" + answer + "'")
                : scripts.python("new.cgi", PYTHON_OK + "print('" + answer + "', end='')");
        Files.move(file, scripts.path().resolve("a.cgi"), java.nio.file.StandardCopyOption.ATOMIC_MOVE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"perl", "python"})
    void loadsAModuleAgainThatHasChanged(String language) throws Exception {
        boolean perl = language.equals("perl");
        scripts.plain(perl ? "Mine.pm" : "mine.py", perl ? "package Mine; sub x { 'one' } 1" : "x = 'one'\n");
        if (perl) {
            scripts.perl("a.cgi", "use lib '.'; use Mine; " + OK + "print Mine::x()");
        } else {
            scripts.python("a.cgi", "import mine\n" + PYTHON_OK + "print(mine.x, end='')");
        }
        start();

        assertThat(body("/a.cgi")).isEqualTo("one");
        scripts.plain(perl ? "Mine.pm" : "mine.py", perl ? "package Mine; sub x { 'three' } 1" : "x = 'three'\n");
        Awaitility.await().untilAsserted(() -> assertThat(body("/a.cgi")).isEqualTo("three"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"perl", "python"})
    void aScriptThatDoesNotCompileRunsByPlainCgiUntilItIsMended(String language) throws Exception {
        write(language, "one");
        startAuto();
        assertThat(body("/a.cgi")).isEqualTo("one");

        Path file = language.equals("perl") ? scripts.perl("new.cgi", "print (((;") : scripts.python("new.cgi", "print((\n");
        Files.move(file, scripts.path().resolve("a.cgi"), java.nio.file.StandardCopyOption.ATOMIC_MOVE);
        for (int i = 0; i < 3; i++) {
            assertThat(get("/a.cgi").status()).isEqualTo(502);
        }
        assertThat(logged("no fork server for this script")).isEqualTo(1);
        assertThat(log.lines()).anyMatch(line -> line.contains("syntax error") || line.contains("SyntaxError"));
        write(language, "mended");
        assertThat(body("/a.cgi")).isEqualTo("mended");
        Awaitility.await().until(() -> drivers().size() == 1);
    }

    @Test
    void editingUnderLoadLosesNoRequest() throws Exception {
        write("perl", "1");
        start();
        var stop = new AtomicBoolean();
        List<Future<Integer>> clients = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            clients.add(inBackground(() -> {
                int answers = 0;
                int last = 0;
                while (!stop.get()) {
                    int seen = Integer.parseInt(body("/a.cgi"));
                    assertThat(seen).isGreaterThanOrEqualTo(last);
                    last = seen;
                    answers++;
                    Thread.sleep(10);
                }
                return answers;
            }));
        }
        for (int edit = 2; edit <= 5; edit++) {
            write("perl", String.valueOf(edit));
            String expected = String.valueOf(edit);
            Awaitility.await().until(() -> body("/a.cgi").equals(expected));
        }
        stop.set(true);
        for (Future<Integer> client : clients) {
            assertThat(client.get()).isPositive();
        }
        Awaitility.await().until(() -> drivers().size() == 1);
    }

    // ---- what can't have a fork server

    @Test
    void whatIsInAnotherLanguageRunsByPlainCgi() throws Exception {
        scripts.sh("a.sh", "echo Content-Type: text/plain; echo; printf sh");
        scripts.perl("a.pl", OK + "print 'perl'");
        startAuto();

        assertThat(body("/a.sh")).isEqualTo("sh");
        assertThat(body("/a.pl")).isEqualTo("perl");
        assertThat(drivers()).hasSize(1);
        assertThat(logged("no fork server")).isZero();
    }

    @Test
    void scriptsThatTheRouteNamesRunByPlainCgi() throws Exception {
        scripts.perl("sub/old-1.pl", OK + "print 'old'");
        scripts.perl("sub/new.pl", OK + "print 'new'");
        start(processes(), ForkServerSettings.defaults().withPlain(List.of("old-*", "sub/n*.pl")));

        assertThat(body("/sub/old-1.pl")).isEqualTo("old");
        assertThat(body("/sub/new.pl")).isEqualTo("new");
        assertThat(drivers()).isEmpty();
    }

    @Test
    void aScriptThatWritesWhileItIsLoadedRunsByPlainCgi() throws Exception {
        scripts.perl("begin.pl", "BEGIN { print \"Content-Type: text/plain\\n\\n\" } print 'x'");
        scripts.plain("says.py", "print('Content-Type: text/plain\\n')");
        scripts.python("says-so.py", "import says\nprint('x', end='')");
        scripts.plain("threads.py", "import threading, time\nthreading.Thread(target=time.sleep, args=(60,), daemon=True).start()");
        scripts.python("starts.py", "import threads\n" + PYTHON_OK + "print('x', end='')");
        scripts.perl("exits.pl", "BEGIN { print \"Content-Type: text/plain\\n\\nx\"; exit }");
        startAuto();

        for (String script : List.of("/begin.pl", "/says-so.py", "/starts.py", "/exits.pl")) {
            for (int i = 0; i < 2; i++) {
                assertThat(body(script)).isEqualTo("x");
            }
        }
        // on a slow machine one may be tried again meanwhile
        Awaitility.await().until(() -> drivers().isEmpty());
        assertThat(logged("no fork server for this script")).isGreaterThanOrEqualTo(4);
        assertThat(logged("starts threads")).isPositive();
    }

    @Test
    void withoutAnotherWayTheReasonIsLoggedAndTheClientGetsA500() throws Exception {
        scripts.sh("a.sh", "echo Content-Type: text/plain; echo; printf sh");
        start();

        assertThat(get("/a.sh").status()).isEqualTo(500);
        awaitLog("status=500", "the route allows nothing else");
    }

    // ---- processes die

    @ParameterizedTest
    @ValueSource(strings = {"perl", "python"})
    void aDriverThatIsKilledIsReplaced(String language) throws Exception {
        String path = counting(language);
        start();

        long first = Long.parseLong(body(path));
        Awaitility.await().until(() -> ProcessHandle.of(first).orElseThrow().children().findAny().isEmpty());
        kill(first);
        Awaitility.await().until(() -> !isAlive(first));
        long second = Long.parseLong(body(path));
        assertThat(second).isNotEqualTo(first);
        awaitLog("fork server was killed by signal 9");
    }

    @Test
    void underLoadOnlyRequestsInFlightFailWhenProcessesAreKilled() throws Exception {
        scripts.perl("work.pl", OK + "my $x = 0; $x += $_ for 1 .. 20000; print getppid, ' ', $$");
        startAuto();
        var stop = new AtomicBoolean();
        List<Future<List<Integer>>> clients = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            clients.add(inBackground(() -> {
                var statuses = new ArrayList<Integer>();
                while (!stop.get()) {
                    try {
                        statuses.add(get("/work.pl").status());
                    } catch (EOFException | SocketException e) {
                        // in the middle of its output
                        statuses.add(502);
                    }
                    // leaves the processors to the interpreters that start
                    Thread.sleep(10);
                }
                return statuses;
            }));
        }
        for (int kills = 0; kills < 3; kills++) {
            Awaitility.await().ignoreExceptions().until(() -> {
                get("/work.pl");
                return drivers().size() == 1;
            });
            long driver = drivers().getFirst().pid();
            for (int i = 0; i < 5; i++) {
                ProcessHandle.of(driver).ifPresent(handle -> handle.children().findAny().ifPresent(ProcessHandle::destroyForcibly));
            }
            kill(driver);
            Awaitility.await().ignoreExceptions().until(() -> get("/work.pl").status() == 200);
        }
        stop.set(true);
        int failed = 0;
        int served = 0;
        for (Future<List<Integer>> client : clients) {
            assertThat(client.get()).isSubsetOf(200, 502);
            failed += (int) client.get().stream().filter(status -> status == 502).count();
            served += client.get().size();
        }
        // at most the requests of the four clients at each kill
        assertThat(failed).isLessThanOrEqualTo(3 * (4 + 5));
        assertThat(served).isGreaterThan(failed);
        for (int i = 0; i < 10; i++) {
            assertThat(get("/work.pl").status()).isEqualTo(200);
        }
    }

    @Test
    void aChildThatIsKilledIsA502AndLogged() throws Exception {
        scripts.perl("suicide.pl", "kill 9, $$ if $ENV{QUERY_STRING}; " + OK + "print 'x'");
        scripts.perl("middle.pl", "$| = 1; " + OK + "print 'begin'; select undef, undef, undef, 0.2; kill 9, $$");
        start();

        // unless the driver comes too late to tell how it ended
        Awaitility.await().untilAsserted(() -> {
            assertThat(get("/suicide.pl?now").status()).isEqualTo(502);
            assertThat(log.lines()).anySatisfy(line -> assertThat(line)
                    .contains("status=502", "the script wrote nothing (it was killed by signal 9)"));
        });
        assertThat(body("/suicide.pl")).isEqualTo("x");
        // unless the server comes too late to see the beginning without the end
        Awaitility.await().untilAsserted(() -> assertThatThrownBy(() -> get("/middle.pl"))
                .isInstanceOfAny(EOFException.class, SocketException.class));
        awaitLog("was killed by signal 9 in the middle of its output");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aDriverThatIsKilledInTheMiddleBreaksWhatCanNotBeKnownToBeWhole(boolean length) throws Exception {
        scripts.perl("half.pl", "$| = 1; print 'Content-Length: 10', \"\\n\" if $ENV{QUERY_STRING}; " + OK
                + "print 'begin'; open my $f, '>', '../pids'; print $f \"$$\\n\", getppid, \"\\n\"; close $f; "
                + "select undef, undef, undef, 0.01 until -e '../go'; print '..end'");
        start();

        try (RawClient client = connect()) {
            client.send("GET /half.pl" + (length ? "?length" : "") + " HTTP/1.1\r\nHost: h\r\n\r\n");
            Awaitility.await().until(() -> pids("pids").size() == 2);
            // of a response that has not begun the end would be seen with the beginning
            RawClient.Response head = client.readHead();
            long driver = pids("pids").get(1);
            kill(driver);
            awaitLog("fork server was killed by signal 9");
            Files.createFile(top.resolve("go"));
            if (length) {
                // the child has the connection, and goes on
                assertThat(client.readBody(head).body()).isEqualTo("begin..end");
            } else {
                assertThatThrownBy(() -> client.readBody(head)).isInstanceOfAny(EOFException.class, SocketException.class);
                awaitLog("status=", "fork server ended in the middle of its output");
            }
        }
        assertThat(get("/half.pl?again").status()).isEqualTo(200);
    }

    @Test
    void whatADeadDriverLeavesBehindIsEnded() throws Exception {
        scripts.perl("stay.pl", "open my $f, '>', '../pids'; print $f \"$$\\n\", getppid, \"\\n\"; close $f; sleep 60");
        start();

        try (RawClient client = connect()) {
            client.send("GET /stay.pl HTTP/1.1\r\nHost: h\r\n\r\n");
            Awaitility.await().until(() -> pids("pids").size() == 2);
            kill(pids("pids").get(1));
            awaitLog("fork server was killed by signal 9");
        }
        Awaitility.await().until(() -> pids("pids").stream().noneMatch(ForkServerTesting::isAlive));
    }

    @Test
    void aDriverThatSoonEndsAgainIsNotStartedAtOnce() throws Exception {
        scripts.perl("a.pl", OK + "print getppid");
        startAuto();

        kill(Long.parseLong(body("/a.pl")));
        // a request that reaches it while it dies fails
        awaitLog("fork server was killed by signal 9");
        kill(Long.parseLong(body("/a.pl")));
        awaitLog("has ended several times soon after it had started");
        // by plain CGI meanwhile
        String own = String.valueOf(ProcessHandle.current().pid());
        assertThat(body("/a.pl")).isEqualTo(own);
        Awaitility.await().untilAsserted(() -> assertThat(body("/a.pl")).isNotEqualTo(own));
    }

    @Test
    void stopsADriverThatNobodyAsksFor() throws Exception {
        String path = counting("python");
        start(processes(), SETTINGS.withIdleTimeout(Duration.ofMillis(500)));

        long first = Long.parseLong(body(path));
        Awaitility.await().until(() -> !isAlive(first));
        assertThat(drivers()).isEmpty();
        assertThat(Long.parseLong(body(path))).isNotEqualTo(first);
        awaitLog("fork server stopped, after no request for");
    }

    @Test
    void mayNotGoOnForEverAfterItClosedItsOutput() throws Exception {
        scripts.perl("later.pl", OK + "print 'done'; open my $f, '>', '../pid'; print $f $$; close $f; close STDOUT; sleep 60");
        start(processes().noOutputTimeout(Duration.ofMillis(900)), SETTINGS);

        // unless it was ended before it had closed its output
        Awaitility.await().ignoreExceptionsInstanceOf(IOException.class)
                .untilAsserted(() -> assertThat(body("/later.pl")).isEqualTo("done"));
        Awaitility.await().until(() -> !isAlive(pids("pid").getFirst()));
        awaitLog("too long after it closed its output");
    }

    @Test
    void severalDriversShareWhatOneCanNotDo() throws Exception {
        scripts.perl("slow.pl", OK + "select undef, undef, undef, 0.5; print getppid");
        start(processes(), SETTINGS.withDrivers(2));
        get("/slow.pl");

        Awaitility.await().untilAsserted(() -> {
            List<Future<String>> bodies = Stream.generate(() -> inBackground(() -> body("/slow.pl"))).limit(30).toList();
            var drivers = new java.util.HashSet<String>();
            for (Future<String> body : bodies) {
                drivers.add(body.get());
            }
            assertThat(drivers).hasSize(2);
        });
    }

    @Test
    void closingEndsTheScriptsThatRun() throws Exception {
        scripts.perl("long.pl", "$| = 1; " + OK + "print 'begin'; open my $f, '>', '../pids'; print $f \"$$\\n\", getppid, \"\\n\"; "
                + "close $f; sleep 60");
        start();

        try (RawClient client = connect()) {
            client.send("GET /long.pl HTTP/1.1\r\nHost: h\r\n\r\n");
            Awaitility.await().until(() -> pids("pids").size() == 2);
            // a response that has not begun would be another
            RawClient.Response head = client.readHead();
            assertThat(head.status()).isEqualTo(200);
            gateway.close();
            Awaitility.await().until(() -> pids("pids").stream().noneMatch(ForkServerTesting::isAlive));
            assertThatThrownBy(() -> client.readBody(head)).isInstanceOfAny(EOFException.class, SocketException.class);
            assertThat(get("/long.pl").status()).isEqualTo(503);
        }
    }
}
