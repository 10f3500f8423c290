package dev.loomgate.gateway.forkserver;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.stream.Stream;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import dev.loomgate.testing.Programs;
import dev.loomgate.testing.RawClient;

/** What a script finds new though its process has served another request before: as much as a script can rely on. */
class SharedProcessTest extends FreshProcessTest {
    private int requests = 100;

    @Override
    int requestsPerProcess() {
        return requests;
    }

    @Test
    @Override
    void perlSeesTheTimeItsNumberAndChanceOfEachRequest() throws Exception {
        scripts.perl("self.pl", "BEGIN { rand }\n" + OK + "print join '|', rand, time - $^T, $$, getpgrp;");
        start();

        String[] first = body("/self.pl").split("\\|");
        String[] second = body("/self.pl").split("\\|");
        assertThat(first[0]).isNotEqualTo(second[0]);
        assertThat(second[1]).isIn("0", "1");
        assertThat(first[2]).isEqualTo(second[2]).isEqualTo(second[3]);
    }

    @Test
    @Override
    void pythonSeesItsNumberAndChanceOfEachRequest() throws Exception {
        scripts.python("self.py", PYTHON_OK + "import os, random\nprint(random.random(), os.getpid(), os.getpgid(0))");
        start();

        String[] first = body("/self.py").strip().split(" ");
        String[] second = body("/self.py").strip().split(" ");
        assertThat(first[0]).isNotEqualTo(second[0]);
        assertThat(first[1]).isEqualTo(second[1]).isEqualTo(second[2]);
    }

    @Test
    @Override
    void perlFindsNothingOfTheDriver() throws Exception {
        scripts.perl("found.pl", OK + "print \"@INC\\n\", join(' ', grep { /LOOMGATE|PERL/ } keys %ENV), \"\\n\", "
                + "`ls /proc/self/fd | wc -l`;");
        start();
        String own = new String(new ProcessBuilder("perl", "-e", "print \"@INC\"").start().getInputStream().readAllBytes());

        for (int i = 0; i < 3; i++) {
            // what it starts gets no descriptor of the driver's
            assertThat(body("/found.pl").lines().map(String::strip)).containsExactly(own, "", "4");
        }
    }

    @Test
    void perlFindsItsOwnVariablesSubsAndFilesNew() throws Exception {
        scripts.perl("new.pl", """
                use strict; use warnings; use lib 'lib'; use Mine; use POSIX qw(floor); use constant LIMIT => 7;
                our ($count, @list, %seen); my $lexical; our $object;
                require './config.pl';
                sub counted { return ++$lexical + count_twice() } sub count_twice { return 10 * ++$count }
                package Other; our $state; sub next_state { return ++$state } package main;
                push @list, 'x'; $seen{$ENV{QUERY_STRING}}++;
                open FILE, '<', $0; my $line = <FILE>;
                print "Content-Type: text/plain\n\n";
                print join '|', counted(), Other::next_state(), Mine::calls(), scalar @list, join(',', keys %seen), $main::configured,
                    defined $main::left ? 'left' : 'new', LIMIT, floor(1.5), $., defined &later ? 'defined' : 'not';
                $main::left = 1; eval 'sub later { 1 }';
                """);
        scripts.plain("lib/Mine.pm", "package Mine; my $calls = 0; our $public = 0; sub calls { return ++$calls + ++$public } 1;");
        scripts.plain("config.pl", "$main::configured++; sub configured { 1 } 1;");
        start();

        for (String query : List.of("a", "b", "c")) {
            assertThat(body("/new.pl?" + query)).isEqualTo("11|1|2|1|" + query + "|1|new|7|1|1|not");
        }
        assertThat(String.join("\n", log.lines())).doesNotContain("redefined").doesNotContain("stay shared");
    }

    @Test
    void perlFindsItsProcessAsItWas() throws Exception {
        scripts.perl("process.pl", """
                use Cwd; use POSIX ();
                my @found = (getcwd(), umask, defined $SIG{USR1} ? 1 : 0, defined $SIG{__WARN__} ? 1 : 0, $|, defined $\\ ? 1 : 0, $/ eq "\n",
                    exists $ENV{MINE} ? 1 : 0, scalar @ARGV, "@INC" =~ /mine/ ? 1 : 0, alarm 0);
                chdir '/'; umask 077; $SIG{USR1} = sub { }; $SIG{__WARN__} = sub { }; $| = 1; $\\ = "\n"; undef $/; $ENV{MINE} = 1; push @ARGV, 'x';
                push @INC, '/mine'; alarm 100; binmode STDOUT, ':encoding(UTF-16)' if $ENV{QUERY_STRING};
                $\\ = ''; print "Content-Type: text/plain\n\n" . join '|', @found; close STDERR;
                """.replace("\\\\", "\\"));
        start();

        String first = body("/process.pl");
        assertThat(first).startsWith(scripts.path().toString()).endsWith("|0|0|0|0|1|0|0|0|0");
        get("/process.pl?wide");
        assertThat(body("/process.pl")).isEqualTo(first);
    }

    @ParameterizedTest
    @ValueSource(strings = {"close STDERR", "close STDERR; open STDERR, '>', \\my $lost", "open STDERR, '>&', \\*STDOUT", "close STDIN; close STDERR",
            "binmode STDERR, ':encoding(UTF-16)'", "open STDERR, '>', '/dev/null'", "*STDERR = *STDOUT"})
    void perlWritesItsErrorsToTheLogWhateverTheLastRequestDidWithThem(String how) throws Exception {
        scripts.perl("errors.pl", "use strict; " + OK + "print 'body'; warn \"secret $ENV{QUERY_STRING}\\n\"; print STDERR \"printed $ENV{QUERY_STRING}\\n\"; "
                + how + ";");
        start();

        for (String query : List.of("one", "two", "three")) {
            assertThat(body("/errors.pl?" + query)).isEqualTo("body");
            awaitLog("secret " + query);
            awaitLog("printed " + query);
        }
    }

    @Test
    void perlMayCopyItsOutputAfterItHasBegunIt() throws Exception {
        scripts.perl("copy.pl", OK + "open my $own, '>&', \\*STDOUT or die; print $own 'copy'; close $own; open SAVE, '>&STDOUT'; print SAVE ' again';");
        start();

        for (int i = 0; i < 3; i++) {
            assertThat(body("/copy.pl")).isEqualTo("copy again");
        }
    }

    @Test
    void perlEncodesAsItsSwitchSays() throws Exception {
        scripts.executable("wide.pl", "#!" + Programs.require("perl", "perl") + " -CSD\n" + OK
                + "print join '|', map { join ' ', PerlIO::get_layers($_) } \\*STDIN, \\*STDOUT, \\*STDERR;");
        start();

        for (int i = 0; i < 3; i++) {
            assertThat(body("/wide.pl")).isEqualTo("unix perlio utf8|unix perlio utf8|unix perlio utf8");
        }
    }

    @Test
    void perlFindsItsSettingsAsTheyWere() throws Exception {
        scripts.perl("settings.pl", """
                use POSIX (); use Time::HiRes ();
                my @found = ($0, <DATA>, "$~ $^ $= $^F", $^L eq "\f", $: eq " \n-", $^A, POSIX::setlocale(POSIX::LC_ALL()), (localtime 0)[2],
                    POSIX::strftime('%H', localtime 0), getpriority(0, 0), scalar Time::HiRes::getitimer(2), map { s/\s+//gr } grep { /^SigBlk/ } do { open my $f, '<', '/proc/self/status'; <$f> });
                print "Content-Type: text/plain\n\n", join '|', @found;
                my $how = $ENV{QUERY_STRING};
                $0 = 'other'; ($^L, $:, $^A, $^F) = ('x', 'y', 'z', 20); Time::HiRes::setitimer(2, 100);
                if ($how eq 'format') { ($~, $^, $=) = ('OTHER', 'OTHER_TOP', 5) }
                if ($how eq 'zone') { $ENV{TZ} = 'XXX-5'; POSIX::tzset() }
                if ($how eq 'locale') { POSIX::setlocale(POSIX::LC_ALL(), $found[7] eq 'C' ? 'C.UTF-8' : 'C') }
                if ($how eq 'mask') { POSIX::sigprocmask(POSIX::SIG_BLOCK(), POSIX::SigSet->new(POSIX::SIGUSR1())) }
                if ($how eq 'nice') { POSIX::nice(1) }
                __DATA__
                data
                """);
        start();

        String first = body("/settings.pl");
        assertThat(first).startsWith(scripts.path() + "/settings.pl|data\n|STDOUT STDOUT_TOP 60 2|1|1||");
        for (String how : List.of("format", "zone", "locale", "mask", "nice", "")) {
            assertThat(body("/settings.pl?" + how)).as(how).isEqualTo(first);
        }
        assertThat(body("/settings.pl")).isEqualTo(first);
    }

    @Test
    void perlPrintsTheHeadOfItsFormatForEachRequest() throws Exception {
        scripts.perl("format.pl", """
                our $name = $ENV{QUERY_STRING}; print "Content-Type: text/plain\n\n";
                format STDOUT_TOP =
                For @*
                $name
                .
                format STDOUT =
                Hello @*
                $name
                .
                write;
                """);
        start();

        for (String query : List.of("one", "two", "three")) {
            assertThat(body("/format.pl?" + query)).isEqualTo("For " + query + "\nHello " + query + "\n");
        }
        assertThat(String.join("\n", log.lines())).doesNotContain("redefined");
    }

    @Test
    void perlFindsNothingOfAFormerFormInCgiPm() throws Exception {
        scripts.perl("form.pl", "use CGI qw(:standard); print header('text/plain'), join '|', map { $_ . '=' . param($_) } sort(param());");
        start();

        assertThat(post("/form.pl", "a=1&b=2").body()).isEqualTo("a=1|b=2");
        assertThat(post("/form.pl", "c=3").body()).isEqualTo("c=3");
        assertThat(body("/form.pl?d=4")).isEqualTo("d=4");
        assertThat(body("/form.pl")).isEmpty();
    }

    @Test
    void perlLeavesFromAnywhere() throws Exception {
        scripts.perl("leave.pl", """
                use strict; print "Content-Type: text/plain\n\n$$ "; my $how = $ENV{QUERY_STRING};
                END { print 'end' }
                sub deep { eval { exit 0 }; print 'not here' }
                if ($how eq 'deep') { for my $i (1 .. 3) { deep() } }
                elsif ($how eq 'sort') { my @x = sort { exit 0 } 2, 1 }
                elsif ($how eq 'die') { die "mine\n" }
                elsif ($how eq 'fork') { my $pid = fork; if (!$pid) { print 'child '; exit 0 } waitpid $pid, 0 }
                print 'through ';
                """);
        start();

        for (String how : List.of("", "deep", "", "sort", "", "die", "", "fork", "")) {
            String expected = switch (how) {
                case "" -> "\\d+ through end";
                case "fork" -> "\\d+ child endthrough end";
                default -> "\\d+ end";
            };
            assertThat(body("/leave.pl?" + how)).as(how).matches(expected);
        }
        awaitLog("mine");
    }

    @Test
    void perlLeavesASortWithoutAWordToItsHandlers() throws Exception {
        scripts.perl("sort.pl", "$SIG{__DIE__} = sub { print \"died: @_\" }; $SIG{__WARN__} = sub { print \"warned: @_\" }; " + OK
                + "my @x = sort { print 'sorts'; exit 0 } 2, 1;");
        start();

        assertThat(body("/sort.pl")).isEqualTo("sorts");
    }

    @Test
    void aPerlScriptThatAsksForItsCallerGetsAProcessForEachRequest() throws Exception {
        scripts.perl("modulino.pl", "main() unless caller;\nsub main { " + OK + "print $$ }");
        start();

        assertThat(body("/modulino.pl")).isNotEqualTo(body("/modulino.pl"));
        awaitLog("serves one request in each child: it asks for its caller");
    }

    @Test
    void pythonFindsItsOwnModulesNew() throws Exception {
        scripts.python("new.py", PYTHON_OK + """
                import os, json, logging, builtins, mine, signal, decimal
                found = [mine.count(), 'left' in globals(), hasattr(builtins, 'left'), os.getcwd(), os.umask(0o77), os.environ.get('MINE'), len(sys.argv),
                         sys.path[0], len(logging.root.handlers), signal.getsignal(signal.SIGUSR1) == signal.SIG_DFL, decimal.getcontext().prec,
                         sys.stdout.encoding.lower(), os.popen('echo $MINE').read(), sys.stdin.read()]
                left = builtins.left = 1
                os.chdir('/'); os.environ['MINE'] = 'x'; sys.argv.append('x'); sys.path.insert(0, '/mine'); logging.basicConfig(level='DEBUG')
                signal.signal(signal.SIGUSR1, signal.SIG_IGN); signal.alarm(100); decimal.getcontext().prec = 5
                print(json.dumps(found))
                sys.stdout.flush()
                if os.environ['QUERY_STRING']: sys.stdout.reconfigure(encoding='utf-16'); sys.stderr.close()
                """);
        scripts.plain("mine.py", "calls = 0\ndef count():\n    global calls\n    calls += 1\n    return calls\n");
        start();

        String first = body("/new.py");
        assertThat(first).startsWith("[1, false, false, \"" + scripts.path());
        assertThat(body("/new.py?x")).isEqualTo(first);
        assertThat(body("/new.py")).isEqualTo(first);
        assertThat(post("/new.py", "form").body()).isEqualTo(first.replace("\"\"]", "\"form\"]"));
    }

    @Test
    void pythonFindsItsSettingsAsTheyWere() throws Exception {
        scripts.python("settings.py", PYTHON_OK + """
                import gc, json, os, resource, signal, time
                print(json.dumps([time.localtime(0).tm_hour, time.strftime('%H', time.localtime(0)), time.tzname, list(signal.pthread_sigmask(signal.SIG_BLOCK, ())),
                    [signal.getitimer(which)[0] for which in (signal.ITIMER_REAL, signal.ITIMER_VIRTUAL, signal.ITIMER_PROF)],
                    resource.getrlimit(resource.RLIMIT_NOFILE), os.getpriority(os.PRIO_PROCESS, 0), sys.getswitchinterval(), sys.dont_write_bytecode,
                    getattr(sys, 'get_int_max_str_digits', int)(), gc.get_threshold(), sys.getrecursionlimit(), getattr(sys, 'tracebacklimit', None)]))
                how = os.environ['QUERY_STRING']
                signal.setitimer(signal.ITIMER_VIRTUAL, 100); signal.setitimer(signal.ITIMER_PROF, 100)
                sys.setswitchinterval(0.5); sys.dont_write_bytecode = True; getattr(sys, 'set_int_max_str_digits', int)(0); gc.set_threshold(7)
                sys.tracebacklimit = 3
                if how == 'zone':
                    os.environ['TZ'] = 'XXX-5'
                    time.tzset()
                elif how == 'quiet':
                    os.environ['TZ'] = 'XXX-5'
                    time.mktime((2000, 1, 1, 0, 0, 0, 0, 0, 0))
                elif how == 'mask': signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
                elif how == 'limit': resource.setrlimit(resource.RLIMIT_NOFILE, (60, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
                elif how == 'nice': os.nice(1)
                """);
        start();

        String first = body("/settings.py");
        for (String how : List.of("zone", "quiet", "mask", "limit", "nice", "")) {
            assertThat(body("/settings.py?" + how)).as(how).isEqualTo(first);
        }
        assertThat(body("/settings.py")).isEqualTo(first);
    }

    @Test
    void pythonThatStartsThreadsOrProcessesEndsAfterItsRequest() throws Exception {
        scripts.python("own.py", PYTHON_OK + """
                import os, subprocess, threading, time
                how = os.environ['QUERY_STRING']
                if how == 'thread': threading.Thread(target=lambda: (time.sleep(1), print('thread', end=' '))).start()
                if how == 'process': subprocess.Popen(['sleep', '60'], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                print(os.getpid())
                """);
        start();

        String pid = body("/own.py").strip();
        assertThat(body("/own.py").strip()).isEqualTo(pid);
        assertThat(body("/own.py?thread")).isEqualTo(pid + "\nthread ");
        String next = body("/own.py").strip();
        assertThat(next).isNotEqualTo(pid);
        assertThat(body("/own.py?process").strip()).isEqualTo(next);
        assertThat(body("/own.py").strip()).isNotEqualTo(next);
    }

    @ParameterizedTest
    @ValueSource(strings = {"perl", "python"})
    void aProcessEndsAfterItsNumberOfRequests(String language) throws Exception {
        requests = 3;
        script(language);
        start();

        var processes = new HashSet<String>();
        for (int i = 0; i < 6; i++) {
            processes.add(body("/self").strip());
        }
        assertThat(processes).hasSize(2);
        Awaitility.await().until(() -> processes.stream().noneMatch(pid -> isAlive(Long.parseLong(pid))));
        assertThat(String.join("\n", log.lines())).doesNotContain("exited with");
    }

    private void script(String language) throws Exception {
        String text = language.equals("perl") ? OK
                + "my $for = $ENV{QUERY_STRING}; if ($for =~ /^go/) { open my $f, '>', \"../began-$for-$$\"; close $f; "
                + "select undef, undef, undef, 0.01 until -e \"../$for\" } "
                + "elsif ($for) { open my $f, '>', '../began'; print $f 1; close $f; select undef, undef, undef, $for } print $$"
                : PYTHON_OK + "import os, time\nwanted = os.environ['QUERY_STRING']\nif wanted.startswith('go'):\n"
                + "    open('../began-%s-%d' % (wanted, os.getpid()), 'w').close()\n"
                + "    while not os.path.exists('../' + wanted): time.sleep(0.01)\nelif wanted:\n"
                + "    with open('../began', 'w') as f: f.write('1')\n    time.sleep(float(wanted))\nprint(os.getpid())";
        if (language.equals("perl")) {
            scripts.perl("self", text);
        } else {
            scripts.python("self", text);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"perl", "python"})
    void requestsAtOnceHaveAProcessEachWhichTheyLeaveToLaterOnes(String language) throws Exception {
        script(language);
        start();

        var first = together("go", 8);
        assertThat(first).hasSize(8);
        for (int i = 0; i < 8; i++) {
            assertThat(first).contains(body("/self"));
        }
        // some may have been sent away meanwhile, as they had nothing to do
        assertThat(first).containsAnyElementsOf(bodies("/self?0.3", 8));
    }

    /** Requests of which each has begun, in a process of its own, before any ends; the answers. */
    private Set<String> together(String until, int count) throws Exception {
        Future<Set<String>> all = inBackground(() -> bodies("/self?" + until, count));
        Awaitility.await().until(() -> {
            try (Stream<Path> files = Files.list(top)) {
                return files.filter(file -> file.getFileName().toString().startsWith("began-" + until + "-")).count() == count;
            }
        });
        Files.createFile(top.resolve(until));
        return all.get();
    }

    private Set<String> bodies(String path, int count) throws Exception {
        var bodies = new HashSet<Future<String>>();
        for (int i = 0; i < count; i++) {
            bodies.add(inBackground(() -> body(path)));
        }
        var found = new HashSet<String>();
        for (Future<String> body : bodies) {
            found.add(body.get());
        }
        return found;
    }

    @ParameterizedTest
    @ValueSource(strings = {"perl", "python"})
    void theProcessOfAClientThatLeavesIsEndedAndNoOther(String language) throws Exception {
        script(language);
        start();
        String pid = body("/self").strip();

        try (RawClient client = connect()) {
            client.send("GET /self?1000 HTTP/1.1\r\nHost: h\r\n\r\n");
            awaitFile("began");
        }
        Awaitility.await().until(() -> !isAlive(Long.parseLong(pid)));
        assertThat(body("/self").strip()).isNotEqualTo(pid);
    }

    @ParameterizedTest
    @ValueSource(strings = {"perl", "python"})
    void anIdleProcessThatIsKilledIsNotMissed(String language) throws Exception {
        script(language);
        start();

        for (int i = 0; i < 5; i++) {
            long pid = Long.parseLong(body("/self").strip());
            ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
            Awaitility.await().until(() -> !isAlive(pid));
        }
        assertThat(together("go", 4)).hasSize(4);
    }

    @ParameterizedTest
    @ValueSource(strings = {"perl", "python"})
    void processesOfAnOldVersionAndThoseOfADeadDriverGo(String language) throws Exception {
        script(language);
        start();
        Set<String> old = bodies("/self?0.3", 4);

        Files.setLastModifiedTime(scripts.path().resolve("self"), FileTime.fromMillis(1_000_000_000_000L));
        long present = Long.parseLong(body("/self").strip());
        // before it is sent away for want of requests
        long driver = parent(present);
        assertThat(old).doesNotContain(present + "").doesNotContain(present + "\n");
        Awaitility.await().until(() -> old.stream().noneMatch(pid -> isAlive(Long.parseLong(pid.strip()))));

        ProcessHandle.of(driver).orElseThrow().destroyForcibly();
        Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> !isAlive(present));
        assertThat(Long.parseLong(body("/self").strip())).isNotEqualTo(present);
    }

    @ParameterizedTest
    @ValueSource(strings = {"perl", "python"})
    void countsProcessesAndNotRequests(String language) throws Exception {
        script(language);
        if (language.equals("perl")) {
            scripts.perl("modulino", "main() unless caller;\nsub main { " + OK + "print $$ }");
        }
        start();
        var processes = new HashSet<String>();
        for (int i = 0; i < 5; i++) {
            processes.add(body("/self"));
        }
        processes.addAll(bodies("/self?0.5", 3));
        Awaitility.await().untilAsserted(() -> assertThat(gateway.load().forks()).isEqualTo(processes.size()).isLessThan(8));
        if (language.equals("perl")) {
            body("/modulino");
            body("/modulino");
            Awaitility.await().untilAsserted(() -> assertThat(gateway.load().forks()).isEqualTo(processes.size() + 2));
        }
    }

    private static long parent(long pid) throws Exception {
        String status = Files.readString(Path.of("/proc/" + pid + "/stat"));
        return Long.parseLong(status.substring(status.lastIndexOf(')') + 4).split(" ")[0]);
    }

    @ParameterizedTest
    @ValueSource(strings = {"perl", "python"})
    void nothingIsLeftWhenTheGatewayCloses(String language) throws Exception {
        script(language);
        start();
        Set<String> processes = bodies("/self?0.3", 4);
        // of one that has not been sent away yet for want of requests
        long one = processes.stream().map(pid -> Long.parseLong(pid.strip())).filter(ForkServerTesting::isAlive).findFirst()
                .orElseThrow();
        long driver = parent(one);

        server.close();
        gateway.close();

        Awaitility.await().until(() -> !isAlive(driver));
        Awaitility.await().until(() -> processes.stream().noneMatch(pid -> isAlive(Long.parseLong(pid.strip()))));
    }
}
