package dev.loomgate.gateway.forkserver;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import dev.loomgate.gateway.ScriptRules;
import dev.loomgate.gateway.Symlinks;
import dev.loomgate.testing.ConcurrentClass;
import dev.loomgate.testing.Programs;
import dev.loomgate.testing.RawClient;

/** What a script can tell apart from a process of its own: nothing that scripts rely on. */
@ConcurrentClass
class FreshProcessTest extends ForkServerTesting {
    // ---- Perl

    @Test
    void perlRunsItsScriptAsTheMainProgram() throws Exception {
        scripts.perl("main.pl", """
                use FindBin; use lib "$FindBin::Bin/lib"; use Mine;
                our $runs;
                print "Content-Type: text/plain\\n\\n";
                print join '|', $0, $FindBin::Bin, __FILE__, __LINE__, Mine::name(), ++$runs, (caller) ? 'called' : 'main', $^W, "@ARGV";
                """);
        scripts.plain("lib/Mine.pm", "package Mine; sub name { 'mine' } 1;");
        start();

        for (int i = 0; i < 3; i++) {
            assertThat(body("/main.pl")).isEqualTo(scripts.path() + "/main.pl|" + scripts.path() + "|" + scripts.path()
                    + "/main.pl|6|mine|1|main|1|");
        }
    }

    @Test
    void perlFindsNothingOfTheDriver() throws Exception {
        scripts.perl("found.pl", OK + """
                print "@INC\\n", join(' ', grep { /LOOMGATE|PERL/ } keys %ENV), "\\n";
                opendir my $fds, '/proc/self/fd'; print scalar(grep { /\\d/ && -e "/proc/self/fd/$_" && !/^[012]$/ } readdir $fds), "\\n";
                print `ls /proc/self/fd | wc -l`;
                """);
        start();
        String own = new String(new ProcessBuilder("perl", "-e", "print \"@INC\"").start().getInputStream().readAllBytes());

        List<String> lines = body("/found.pl").lines().toList();
        assertThat(lines.get(0)).isEqualTo(own);
        assertThat(lines.get(1)).isEmpty();
        // opendir's own, and the pipe for what it tells its parent
        assertThat(Integer.parseInt(lines.get(2).strip())).isLessThanOrEqualTo(2);
        assertThat(lines.get(3).strip()).isEqualTo("4");
    }

    @Test
    void perlReadsItsDataFromTheStartEachTime() throws Exception {
        scripts.perl("data.pl", OK + "print while <DATA>; print tell(DATA) > 0 ? 'told' : 'not';\n__DATA__\none\ntwo\n");
        start();

        for (int i = 0; i < 3; i++) {
            assertThat(body("/data.pl")).isEqualTo("one\ntwo\ntold");
        }
    }

    @Test
    void perlObeysTheSwitchesOfItsFirstLine() throws Exception {
        String perl = Programs.require("perl", "perl").toString();
        scripts.executable("taint.pl", "#!" + perl + " -wT\nBEGIN { $ENV{PATH} = '/bin' }\n" + OK
                + "print \"$^W ${^TAINT} $ENV{PATH} \"; eval { system \"echo $ENV{QUERY_STRING}\" }; print $@;");
        scripts.executable("env.pl", "#!/usr/bin/env -S perl -w\n" + OK + "print $^W");
        start();

        assertThat(body("/taint.pl?x")).startsWith("1 1 /bin Insecure dependency in system");
        assertThat(body("/env.pl")).isEqualTo("1");
    }

    @Test
    void perlSeesTheTimeItsNumberAndChanceOfEachRequest() throws Exception {
        scripts.perl("self.pl", "BEGIN { rand }\n" + OK + "print join '|', rand, time - $^T, $$, getpgrp;");
        start();

        String[] first = body("/self.pl").split("\\|");
        String[] second = body("/self.pl").split("\\|");
        assertThat(first[0]).isNotEqualTo(second[0]);
        assertThat(first[1]).isIn("0", "1");
        assertThat(first[2]).isNotEqualTo(second[2]).isEqualTo(first[3]);
    }

    @Test
    void perlEndsAsAlways() throws Exception {
        scripts.perl("end.pl", """
                package Late; sub new { bless {} } sub DESTROY { print 'destroyed ' } package main;
                our $late = Late->new; open my $file, '>', '../written'; our $keep = $file; print $file 'not flushed';
                print "Content-Type: text/plain\\n\\n";
                END { print 'end ' }
                exit 3;
                """);
        scripts.perl("quick.pl", OK + "open my $file, '>', '../quick'; our $keep = $file; print $file 'flushed'; print 'x'");
        scripts.perl("die.pl", OK + "print 'before'; die \"dying\\n\"");
        start();

        assertThat(body("/end.pl")).isEqualTo("end destroyed ");
        assertThat(Files.readString(top.resolve("written"))).isEqualTo("not flushed");
        awaitLog("script=" + scripts.path() + "/end.pl", "exited with status 3");
        assertThat(body("/quick.pl")).isEqualTo("x");
        assertThat(Files.readString(top.resolve("quick"))).isEqualTo("flushed");
        assertThat(body("/die.pl")).isEqualTo("before");
        awaitLog("script=" + scripts.path() + "/die.pl", "dying");
        awaitLog("script=" + scripts.path() + "/die.pl", "exited with status 255");
    }

    @Test
    void perlKeepsWhatItHasChangedInTheEnvironmentWhileItWasCompiled() throws Exception {
        scripts.perl("env.pl", "BEGIN { $ENV{MINE} = 'set'; $ENV{PATH} = '/mine'; delete $ENV{GIVEN} }\n" + OK
                + "print join '|', map { $_ // 'none' } @ENV{qw(MINE PATH GIVEN QUERY_STRING DOCUMENT_ROOT)};");
        start(processes().environment(Map.of("GIVEN", "x")),
                ForkServerSettings.defaults().withMode(ForkServerSettings.Mode.FORK_SERVER));

        assertThat(body("/env.pl?q")).isEqualTo("set|/mine|none|q|" + scripts.path());
    }

    @Test
    void perlLoadsOnlyOnceWhatScriptsLoadWhileTheyRun() throws Exception {
        scripts.perl("lazy.pl", OK + """
                print exists $INC{'Encode.pm'} ? 'there' : 'loaded'; require Encode; print ' ', Encode::decode('UTF-8', 'x');
                require './Own.pm'; print exists $INC{'./Own.pm'} ? '' : 'no';
                """);
        scripts.plain("Own.pm", "package Own; print ' own'; 1;");
        start();

        assertThat(body("/lazy.pl")).isEqualTo("loaded x own");
        Awaitility.await().untilAsserted(() -> assertThat(body("/lazy.pl")).isEqualTo("there x own"));
    }

    @Test
    void perlScriptsGetWordsOfAQueryWhereThatIsAllowed() throws Exception {
        scripts.perl("words.pl", OK + "print join '|', @ARGV");
        scripts.python("words.py", PYTHON_OK + "print('|'.join(sys.argv[1:]), end='')");
        start(processes().queryArguments(true), ForkServerSettings.defaults().withMode(ForkServerSettings.Mode.FORK_SERVER));

        for (String script : List.of("/words.pl", "/words.py")) {
            assertThat(body(script + "?a%20b+c")).isEqualTo("a b|c");
            assertThat(body(script + "?a=b")).isEmpty();
        }
    }

    // ---- Python

    @Test
    void pythonRunsItsScriptAsTheMainProgram() throws Exception {
        scripts.python("main.py", """
                import sys, mine
                if __name__ == '__main__':
                    print('Content-Type: text/plain\\n')
                    print(__file__, sys.argv, sys.path[0], mine.name, sys.modules['__main__'].__dict__ is globals(),
                          sys.stdin.seekable(), sys.orig_argv[1:] if hasattr(sys, 'orig_argv') else [__file__], sep='|', end='')
                """);
        scripts.plain("mine.py", "name = 'mine'");
        start();

        String file = scripts.path() + "/main.py";
        for (int i = 0; i < 3; i++) {
            assertThat(body("/main.py")).isEqualTo(file + "|['" + file + "']|" + scripts.path() + "|mine|True|False|['" + file
                    + "']");
        }
    }

    @Test
    void pythonImportsFromTheScriptsDirectoryFirst() throws Exception {
        scripts.plain("_socket.py", "name = 'own socket'");
        scripts.plain("sched.py", "name = 'own sched'");
        Path script = scripts.python("shadow.py", PYTHON_OK
                + "import _socket, sched\nprint(getattr(_socket, 'name', 'built in'), sched.name, end='')");
        start();

        // an interpreter may have the one of them built in
        assertThat(body("/shadow.py")).endsWith("own sched").isEqualTo(new String(new ProcessBuilder(script.toString()).start()
                .getInputStream().readAllBytes()).replaceFirst("(?s).*\n\n", ""));
    }

    @Test
    void pythonRunsNothingOfTheScriptBeforeARequest() throws Exception {
        scripts.plain("lib/other.py", "name = 'lib'");
        scripts.plain("other.py", "name = 'beside'");
        scripts.python("early.py", """
                import os, sys
                open('../runs', 'a').write('x')
                sys.path.insert(0, os.path.join(os.path.dirname(__file__), 'lib'))
                import other
                print('Content-Type: text/plain\\n')
                print(other.name, end='')
                """);
        start();

        assertThat(body("/early.py")).isEqualTo("lib");
        assertThat(body("/early.py")).isEqualTo("lib");
        assertThat(Files.readString(top.resolve("runs"))).isEqualTo("xx");
    }

    @Test
    void pythonEndsAsAlways() throws Exception {
        scripts.python("end.py", """
                import atexit, json, sys, threading, time
                print('Content-Type: text/plain\\n')
                class Late:
                    def __del__(self): print('deleted', end=' ')
                late = Late(); late.me = late
                kept = open('../written', 'w'); kept.write('not flushed')
                json.kept = open('../module', 'w'); json.kept.write('not flushed either')
                atexit.register(lambda: print('atexit', end=' '))
                threading.Thread(target=lambda: (time.sleep(0.1), print('thread', end=' '))).start()
                sys.exit('a message')
                """);
        scripts.python("raise.py", PYTHON_OK + "def fail(): raise ValueError('in a function')\nfail()");
        start();

        assertThat(body("/end.py")).isEqualTo("thread atexit deleted ");
        assertThat(Files.readString(top.resolve("written"))).isEqualTo("not flushed");
        assertThat(Files.readString(top.resolve("module"))).isEqualTo("not flushed either");
        awaitLog("end.py", "a message");
        awaitLog("end.py", "exited with status 1");
        assertThat(get("/raise.py").status()).isEqualTo(200);
        awaitLog("raise.py", "ValueError: in a function");
        assertThat(log.lines()).noneMatch(line -> line.contains("loomgate_forkserver"));
    }

    @Test
    void pythonSeesItsNumberAndChanceOfEachRequest() throws Exception {
        scripts.python("self.py", "import random, os\n" + PYTHON_OK + "print(random.random(), os.getpid(), os.getpgrp(), sep='|', end='')");
        start();

        String[] first = body("/self.py").split("\\|");
        String[] second = body("/self.py").split("\\|");
        assertThat(first[0]).isNotEqualTo(second[0]);
        assertThat(first[1]).isNotEqualTo(second[1]).isEqualTo(first[2]);
    }

    @Test
    void pythonHasTheEnvironmentInEveryForm() throws Exception {
        scripts.python("env.py", "import os\n" + PYTHON_OK + """
                sys.stdout.flush()
                print(os.environ['QUERY_STRING'], os.environb[b'QUERY_STRING'], os.getenv('HTTP_HOST'), len(os.environ))
                os.environ['ADDED'] = 'yes'
                sys.stdout.flush()
                os.system('echo $QUERY_STRING $ADDED; env | grep -c LOOMGATE')
                """);
        start();

        List<String> lines = body("/env.py?q").lines().toList();
        assertThat(lines.get(0)).startsWith("q b'q' h ");
        assertThat(lines.subList(1, 3)).containsExactly("q yes", "0");
    }

    @Test
    void pythonLoadsOnlyOnceWhatScriptsImportWhileTheyRun() throws Exception {
        scripts.python("lazy.py", PYTHON_OK + """
                def work():
                    there = 'decimal' in sys.modules
                    import decimal
                    print('there' if there else 'loaded', decimal.Decimal(1), end='')
                work()
                """);
        start();

        assertThat(body("/lazy.py")).isEqualTo("loaded 1");
        Awaitility.await().untilAsserted(() -> assertThat(body("/lazy.py")).isEqualTo("there 1"));
    }

    // ---- both

    @ParameterizedTest
    @ValueSource(strings = {"perl", "python"})
    void aClientMayNameTheDriversOwnVariables(String language) throws Exception {
        if (language.equals("perl")) {
            scripts.perl("echo", OK + "print join '|', @ENV{qw(QUERY_STRING HTTP_USER_AGENT)}, grep { /^LOOMGATE/ } keys %ENV");
        } else {
            scripts.python("echo", PYTHON_OK + "import os\nprint(os.environ['QUERY_STRING'], os.environ.get('HTTP_USER_AGENT', ''), "
                    + "*(name for name in os.environ if name.startswith('LOOMGATE')), sep='|', end='')");
        }
        start();

        for (String name : List.of("LOOMGATE_REQUEST", "LOOMGATE_NO_BODY", "SCGI")) {
            assertThat(body("/echo?" + name)).isEqualTo(name + "|");
            try (RawClient client = connect()) {
                client.send("GET /echo?" + name + " HTTP/1.1\r\nHost: h\r\nUser-Agent: " + name + "\r\n\r\n");
                assertThat(client.readResponse().body()).isEqualTo(name + "|" + name);
            }
        }
    }

    @Test
    void usesTheInterpreterThatTheRouteNames() throws Exception {
        scripts.plain("a.pl", OK + "print $0");
        scripts.plain("a.py", PYTHON_OK + "print(__file__, end='')");
        var interpreters = Map.of(".pl", List.of(Programs.require("perl", "perl").toString()),
                ".py", List.of(Programs.require("python3", "python3").toString()));
        start(processes(), ForkServerSettings.defaults().withMode(ForkServerSettings.Mode.FORK_SERVER),
                new ScriptRules(Set.of(), interpreters, List.of(), Symlinks.REFUSE, true));

        assertThat(body("/a.pl")).isEqualTo(scripts.path() + "/a.pl");
        assertThat(body("/a.py")).isEqualTo(scripts.path() + "/a.py");
    }

    @Test
    void closingTheOutputEndsTheResponseWhileTheScriptGoesOn() throws Exception {
        scripts.perl("later.pl", OK + "print 'done'; close STDOUT; while (!-e '../go') { select undef, undef, undef, 0.05 } "
                + "open my $file, '>', '../later'; print $file 'x';");
        start();

        assertThat(body("/later.pl")).isEqualTo("done");
        assertThat(post("/later.pl", "a=b").body()).isEqualTo("done");
        Files.createFile(top.resolve("go"));
        awaitFile("later");
    }

    @Test
    void writesTheWholeResponseItselfWhereItsNameSaysSo() throws Exception {
        scripts.perl("nph-all.pl", "print \"HTTP/1.1 299 Own\\r\\nContent-Length: 2\\r\\n\\r\\nhi\"");
        start();

        assertThat(get("/nph-all.pl").statusLine()).isEqualTo("HTTP/1.1 299 Own");
    }
}
