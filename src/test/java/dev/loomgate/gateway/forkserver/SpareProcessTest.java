package dev.loomgate.gateway.forkserver;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import dev.loomgate.gateway.ScriptResolver;
import dev.loomgate.testing.ConcurrentClass;
import dev.loomgate.testing.Programs;

/** Processes that were forked ahead of the request that they serve. */
@ConcurrentClass
class SpareProcessTest extends ForkServerTesting {
    private int requests = 1;

    @Override
    int requestsPerProcess() {
        return requests;
    }

    private static ForkServerSettings spare(int count, int limit) {
        return ForkServerSettings.defaults().withMode(ForkServerSettings.Mode.FORK_SERVER)
                .withSpare(new ForkServerSettings.Spare(count, limit));
    }

    private void start(int count) {
        start(processes(), spare(count, 64));
    }

    /** A script that says which process it is, after it has waited for a file of the name that is asked for. */
    private Path script(String language) throws Exception {
        return language.equals("perl")
                ? scripts.perl("self", "my $for = $ENV{QUERY_STRING}; if ($for) { open my $f, '>', \"../began-$for-$$\"; "
                        + "select undef, undef, undef, 0.01 until -e \"../$for\" }\n" + OK + "print $$;")
                : scripts.python("self", """
                        import os, time
                        wanted = os.environ['QUERY_STRING']
                        if wanted:
                            open('../began-%s-%d' % (wanted, os.getpid()), 'w').close()
                            while not os.path.exists('../' + wanted): time.sleep(0.01)
                        print('Content-Type: text/plain\\n')
                        print(os.getpid(), end='')
                        """);
    }

    private long pid(String path) throws IOException {
        return Long.parseLong(body(path));
    }

    private Set<Long> children() {
        return drivers().stream().flatMap(ProcessHandle::children).map(ProcessHandle::pid).filter(ForkServerTesting::isAlive)
                .collect(Collectors.toSet());
    }

    /** By the name of the script, which is all that is seen of one whose children serve many requests; none runs by plain CGI here. */
    @Override
    List<ProcessHandle> drivers() {
        return ProcessHandle.current().children()
                .filter(child -> isAlive(child.pid()) && commandLine(child.pid()).contains(scripts.path().toString())).toList();
    }

    private Set<Long> awaitChildren(int count) {
        Awaitility.await().until(() -> children().size() == count);
        return children();
    }

    /** Requests that are being served, each by a process that has begun. */
    private List<Future<Long>> begin(String until, int count) {
        List<Future<Long>> all = Stream.generate(() -> inBackground(() -> pid("/self?" + until))).limit(count).toList();
        Awaitility.await().until(() -> {
            try (Stream<Path> files = Files.list(top)) {
                return files.filter(file -> file.getFileName().toString().startsWith("began-" + until + "-")).count() == count;
            }
        });
        return all;
    }

    private Set<Long> end(String until, List<Future<Long>> all) throws Exception {
        Files.createFile(top.resolve(until));
        var pids = new HashSet<Long>();
        for (Future<Long> one : all) {
            pids.add(one.get());
        }
        return pids;
    }

    /** A request that a process serves that was there before, and has served none. */
    private String bodyOfASpare(String path, String pid) {
        return Awaitility.await().until(() -> {
            Set<Long> before = children();
            String body = body(path);
            return before.contains(Long.parseLong(body.replaceAll(pid, "$1"))) ? body : null;
        }, body -> body != null);
    }

    @ParameterizedTest
    @CsvSource({"perl,1", "python,1", "perl,100", "python,100"})
    void requestsAtOnceFindAProcessEachThatIsReplacedMeanwhile(String language, int most) throws Exception {
        requests = most;
        script(language);
        start(4);
        pid("/self");

        Set<Long> there = awaitChildren(4);
        // all of them wait by the time that they serve four at once; a request before may have had a process of its own
        Set<Long> served = Awaitility.await().until(() -> {
            String until = "go" + System.nanoTime();
            Set<Long> before = children();
            List<Future<Long>> all = begin(until, 4);
            Awaitility.await().until(() -> children().size() == 8);
            Set<Long> pids = end(until, all);
            return before.containsAll(pids) ? pids : null;
        }, pids -> pids != null);
        assertThat(served).hasSize(4);
        if (most == 1) {
            Awaitility.await().until(() -> served.stream().noneMatch(ForkServerTesting::isAlive));
            assertThat(awaitChildren(4)).doesNotContainAnyElementsOf(served).doesNotContainAnyElementsOf(there);
        }
    }

    @Test
    void perlFindsTheTimeOfItsRequestAndChanceOfItsOwn() throws Exception {
        scripts.perl("self", "BEGIN { rand; alarm 2 }\nmy $left = alarm 0;" + OK
                + "print join '|', $$, getpgrp, $^T, rand, $left, $ENV{QUERY_STRING}, join(',', grep { /LOOMGATE|^x+$/ } %ENV),"
                + " scalar(() = glob '/proc/self/fd/*');");
        requests = 1;
        start(2);
        String[] first = body("/self?first").split("\\|");

        // longer than its alarm
        Set<Long> old = awaitOld(2, Duration.ofSeconds(3));
        // perl's clock is a moment late
        long now = Instant.now().getEpochSecond() - 1;
        String[] second = body("/self?second").split("\\|");
        assertThat(old).contains(Long.parseLong(second[0]));
        assertThat(second[1]).isEqualTo(second[0]);
        assertThat(Long.parseLong(second[2])).isGreaterThanOrEqualTo(now);
        String[] third = body("/self?third").split("\\|");
        assertThat(Set.of(first[3], second[3], third[3])).hasSize(3);
        assertThat(second[4]).isIn("1", "2");
        assertThat(second[5]).isEqualTo("second");
        assertThat(second[6]).isEmpty();
        // as many as where it is forked for the request
        assertThat(second[7]).isEqualTo(first[7]);
    }

    @Test
    void pythonFindsItsNumberItsEnvironmentAndChanceOfItsOwn() throws Exception {
        scripts.python("self", "import os, random, signal\n" + PYTHON_OK + """
                fds = os.listdir('/proc/self/fd')
                print(os.getpid(), os.getpgrp(), random.random(), signal.getsignal(signal.SIGCHLD) == signal.SIG_DFL, os.environ['QUERY_STRING'],
                    [name for name in os.environ if name.startswith('LOOMGATE') or os.environ[name].startswith('xxx')], len(fds), sep='|')
                sys.stdout.flush()
                os.system('env | grep -c -e LOOMGATE -e =xxx')
                """);
        start(2);
        String[] first = body("/self?first").split("\\|");

        String[] second = bodyOfASpare("/self?second", "(?s)^(\\d+).*").split("\\|");
        assertThat(second[1]).isEqualTo(second[0]);
        assertThat(second[2]).isNotEqualTo(first[2]);
        assertThat(List.of(second[3], second[4], second[5])).containsExactly("True", "second", "[]");
        assertThat(second[6]).isEqualTo(first[6]).endsWith("\n0\n");
    }

    /** Spare processes that have been there for so long. */
    private Set<Long> awaitOld(int count, Duration age) {
        return Awaitility.await().until(() -> {
            Set<Long> now = children();
            boolean old = now.stream().allMatch(pid -> ProcessHandle.of(pid).flatMap(handle -> handle.info().startInstant())
                    .filter(start -> start.isBefore(Instant.now().minus(age))).isPresent());
            return now.size() == count && old ? now : null;
        }, now -> now != null);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void perlRunsNothingOfAScriptThatCouldBeNoticedAheadOfItsRequest(boolean own) throws Exception {
        requests = 100;
        scripts.plain("Mine.pm", "package Mine; open my $f, '>>', '../loaded'; print $f 'x'; close $f; sub calls { return ++$calls } 1;");
        // the number of its runs in the process that it is in
        scripts.perl("self", (own ? "use lib '.'; use Mine; " : "use List::Util; our $mine; sub Mine::calls { return ++$mine } ")
                + "our @list; push @list, 1; " + OK + "print join '|', $$, Mine::calls(), scalar @list, \"@INC\" =~ /xxx/ ? 1 : 0, $ENV{QUERY_STRING}");
        start(2);
        body("/self");

        Awaitility.await().until(() -> children().size() >= 2);
        for (int i = 0; i < 4; i++) {
            assertThat(body("/self?" + i).split("\\|")).endsWith("1", "1", "0", String.valueOf(i));
        }
        if (own) {
            // with the driver, and once for each request
            assertThat(Files.size(top.resolve("loaded"))).isEqualTo(6);
        }
    }

    @ParameterizedTest
    @CsvSource({"perl,1", "python,1", "perl,100", "python,100"})
    void thoseThatAreKilledAreReplacedAndNoRequestMissesThem(String language, int most) throws Exception {
        requests = most;
        script(language);
        start(3);
        pid("/self");

        for (int i = 0; i < 2; i++) {
            Set<Long> killed = awaitChildren(3);
            killed.forEach(ForkServerTesting::kill);
            assertThat(killed).doesNotContain(pid("/self"));
            Awaitility.await().until(() -> killed.stream().noneMatch(ForkServerTesting::isAlive));
        }
        awaitChildren(3);
        assertThat(drivers()).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource({"perl,1", "python,100"})
    void thoseOfAnOldVersionServeNothing(String language, int most) throws Exception {
        requests = most;
        Path script = script(language);
        start(3);
        pid("/self");
        Set<Long> old = awaitChildren(3);

        Files.setLastModifiedTime(script, FileTime.fromMillis(1_000_000_000_000L));
        assertThat(old).doesNotContain(pid("/self"));
        Awaitility.await().until(() -> old.stream().noneMatch(ForkServerTesting::isAlive));
        Awaitility.await().until(() -> drivers().size() == 1);
        assertThat(awaitChildren(3)).doesNotContainAnyElementsOf(old);
    }

    @ParameterizedTest
    @ValueSource(strings = {"perl", "python"})
    void noneAreForkedBeyondWhatMayRunAtOnce(String language) throws Exception {
        script(language);
        start(processes().maxProcesses(3), spare(3, 3));
        pid("/self");
        awaitChildren(3);

        List<Future<Long>> all = begin("go", 2);
        assertThat(children()).hasSizeLessThanOrEqualTo(3);
        Set<Long> served = end("go", all);
        // a process ends a little later than its request
        Awaitility.await().until(() -> served.stream().noneMatch(ForkServerTesting::isAlive));
        awaitChildren(3);
        // two requests' own, that of the first request, and three that wait
        Awaitility.await().untilAsserted(() -> assertThat(gateway.load().forks()).isEqualTo(6));
        assertThat(gateway.load().processes()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"perl", "python"})
    void theyGoWithADriverThatNobodyAsksFor(String language) throws Exception {
        script(language);
        start(processes(), spare(2, 64).withIdleTimeout(Duration.ofSeconds(1)));
        Set<Long> there = Awaitility.await().until(() -> {
            Set<Long> now = children();
            if (now.isEmpty()) {
                // it has not been asked yet, or the driver went before both were seen
                pid("/self");
            }
            return now;
        }, now -> now.size() == 2);
        Awaitility.await().until(() -> drivers().isEmpty());
        Awaitility.await().until(() -> there.stream().noneMatch(ForkServerTesting::isAlive));
        awaitLog("fork server stopped, after no request for");
    }

    @Test
    void severalDriversShareTheNumber() throws Exception {
        script("perl");
        start(processes(), spare(4, 64).withDrivers(2));
        pid("/self");

        List<Future<Long>> all = begin("go", 30);
        Awaitility.await().until(() -> drivers().size() == 2);
        end("go", all);
        Awaitility.await().until(() -> drivers().stream().map(driver -> driver.children().count()).toList().equals(List.of(2L, 2L)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"perl", "python"})
    void theOneScriptOfARouteIsLoadedBeforeItsFirstRequest(String language) throws Exception {
        Path script = script(language);
        try (var single = new ForkServerGateway(ScriptResolver.ofScript("/x", script, List.of()), processes().build(), spare(2, 64))) {
            single.prepare();
            awaitChildren(2);
            Awaitility.await().untilAsserted(() -> assertThat(single.load().forks()).isEqualTo(2));
        }
        Awaitility.await().until(() -> drivers().isEmpty());
    }

    // ---- the driver itself

    private Driver driver(String language, RuntimeDirectory directory, int most) throws Exception {
        String program = language.equals("perl") ? "perl" : "python3";
        var interpreter = new Interpreter(language.equals("perl") ? Language.PERL : Language.PYTHON,
                List.of(Programs.require(program, program).toString()));
        Driver driver = Driver.start(new Launch(scripts.path().resolve("self"), interpreter, Map.of(), OptionalLong.empty(),
                Duration.ofSeconds(1), Duration.ofSeconds(30), most, true), directory, new AtomicLong());
        inBackground(() -> {
            driver.listen(Duration.ofMinutes(1), ended -> { });
            return null;
        });
        return driver;
    }

    private static SocketChannel connect(Driver driver) throws IOException {
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        channel.connect(UnixDomainSocketAddress.of(driver.socket()));
        return channel;
    }

    private static void ask(SocketChannel channel, int request, String query) throws IOException {
        String header = String.join("\0", "CONTENT_LENGTH", "0", "SCGI", "1", "LOOMGATE_REQUEST", String.valueOf(request), "QUERY_STRING",
                query) + '\0';
        channel.write(ByteBuffer.wrap((header.length() + ":" + header + ",").getBytes(StandardCharsets.ISO_8859_1)));
    }

    /** All that comes, which has an end only when no process has the connection any more. */
    private Future<String> answer(SocketChannel channel) {
        return inBackground(() -> new String(Channels.newInputStream(channel).readAllBytes(), StandardCharsets.ISO_8859_1));
    }

    @ParameterizedTest
    @CsvSource({"perl,1", "python,1"})
    void noProcessHoldsTheConnectionOfAnother(String language, int most) throws Exception {
        script(language);
        try (var directory = new RuntimeDirectory(top)) {
            Driver driver = driver(language, directory, most);
            try (SocketChannel waits = connect(driver); SocketChannel runs = connect(driver)) {
                // the driver has the first, and knows nothing of it yet; then it forks for the second, and ahead
                ask(runs, 1, "go");
                Future<String> long_ = answer(runs);
                Awaitility.await().until(() -> children().size() == 1);
                driver.keepSpare(1, 10);
                awaitChildren(2);
                ask(waits, 2, "");
                assertThat(answer(waits).get()).contains("Content-Type");
                Files.createFile(top.resolve("go"));
                assertThat(long_.get()).contains("Content-Type");
            } finally {
                driver.destroy();
                assertThat(driver.awaitEnd(Duration.ofSeconds(30))).isTrue();
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"perl,1", "python,100"})
    void aConnectionThatSaysNothingKeepsNoOtherWaiting(String language, int most) throws Exception {
        script(language);
        try (var directory = new RuntimeDirectory(top)) {
            Driver driver = driver(language, directory, most);
            driver.keepSpare(1, 2);
            awaitChildren(1);
            try (SocketChannel silent = connect(driver)) {
                for (int i = 1; i < 4; i++) {
                    try (SocketChannel other = connect(driver)) {
                        ask(other, i, "");
                        assertThat(answer(other).get()).contains("Content-Type");
                    }
                }
                ask(silent, 4, "");
                assertThat(answer(silent).get()).contains("Content-Type");
            } finally {
                driver.destroy();
                assertThat(driver.awaitEnd(Duration.ofSeconds(30))).isTrue();
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"perl,1", "python,1", "perl,100", "python,100"})
    void theyEndByThemselvesWhenTheirDriverIsKilled(String language, int most) throws Exception {
        script(language);
        try (var directory = new RuntimeDirectory(top)) {
            Driver driver = driver(language, directory, most);
            driver.keepSpare(5, 10);
            Set<Long> there = awaitChildren(5);

            kill(driver.pid());
            Awaitility.await().until(() -> there.stream().noneMatch(ForkServerTesting::isAlive));
            driver.destroy();
        }
    }

    @ParameterizedTest
    @CsvSource({"perl,1", "python,1", "perl,100", "python,100"})
    void requestsThatTheyHaveAcceptedAreServedThoughTheDriverStops(String language, int most) throws Exception {
        script(language);
        try (var directory = new RuntimeDirectory(top)) {
            Driver driver = driver(language, directory, most);
            driver.keepSpare(2, 10);
            awaitChildren(2);
            try (SocketChannel silent = connect(driver); SocketChannel runs = connect(driver)) {
                ask(runs, 1, "go");
                Awaitility.await().until(() -> {
                    try (Stream<Path> files = Files.list(top)) {
                        return files.anyMatch(file -> file.getFileName().toString().startsWith("began-go-"));
                    }
                });
                driver.stop();
                ask(silent, 2, "");
                assertThat(answer(silent).get()).contains("Content-Type");
                Files.createFile(top.resolve("go"));
                assertThat(answer(runs).get()).contains("Content-Type");
            }
            assertThat(driver.awaitEnd(Duration.ofSeconds(30))).isTrue();
            assertThat(children()).isEmpty();
        }
    }
}
