package dev.loomgate.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

import dev.loomgate.config.RouteConfig.Program;
import dev.loomgate.config.RouteConfig.Symlinks;
import dev.loomgate.config.StaticFilesConfig.CacheRule;
import dev.loomgate.config.StaticFilesConfig.Coding;
import dev.loomgate.config.StaticFilesConfig.DotFiles;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class ConfigurationReaderTest {
    @TempDir
    Path directory;

    @BeforeEach
    void layOut() throws IOException {
        Files.createDirectories(directory.resolve("www"));
        Files.createDirectories(directory.resolve("cgi"));
        Files.createDirectories(directory.resolve("lib"));
        Files.writeString(directory.resolve("lib/b.jar"), "");
        Files.writeString(directory.resolve("lib/a.jar"), "");
        Files.writeString(directory.resolve("file"), "");
        Files.writeString(directory.resolve("program"), "").toFile().setExecutable(true);
    }

    private Configuration read(String yaml) throws Exception {
        return new ConfigurationReader(PlainRules::new).read(Files.writeString(directory.resolve("test.yaml"), yaml));
    }

    private RouteConfig.Kind kind(String yaml) throws Exception {
        String keys = yaml.startsWith("{") ? "- {path: /x/**, " + yaml.substring(1) : "- path: /x/**\n" + yaml.indent(2);
        return read("routes:\n" + keys).routes().getFirst().kind();
    }

    @ParameterizedTest
    @CsvSource({"true, STACKS", "stacks, STACKS", "false, OFF", "off, OFF", "recorder, RECORDER"})
    void readsHowCarriersAreWatched(String text, ThreadsConfig.Watch watch) throws Exception {
        assertThat(read("threads: {watch: " + text + "}\nroutes:\n- path: /\n  handler: respond\n").threads().watch()).isEqualTo(watch);
    }

    @Test
    void saysHowCarriersMayBeWatched() {
        assertThatThrownBy(() -> read("threads: {watch: stack}\nroutes:\n- path: /\n  handler: respond\n"))
                .hasMessageContaining("test.yaml:1: threads.watch").hasMessageContaining("stacks");
    }

    @Test
    void hasADefaultForEverythingButRoutes() throws Exception {
        Configuration configuration = read("routes:\n- path: /\n  handler: respond\n");

        assertThat(configuration.listeners()).containsExactly(new ListenerConfig("listener-1", "127.0.0.1", 8080, 1024));
        assertThat(configuration.threads()).isEqualTo(new ThreadsConfig(ThreadsConfig.Model.VIRTUAL, 200, ThreadsConfig.Watch.STACKS));
        assertThat(configuration.guard()).isEqualTo(GuardConfig.DEFAULT);
        assertThat(configuration.log()).isEqualTo(new LogConfig("info", Map.of()));
        assertThat(configuration.admin()).isEmpty();
        assertThat(configuration.routes()).containsExactly(new RouteConfig(2, "routes[0]", List.of("/"), List.of(), List.of(),
                OptionalLong.empty(), RequestLimitsConfig.NONE, WebConfig.NONE,
                new RouteConfig.Respond(200, "", "text/plain; charset=utf-8", Map.of())));
    }

    @Test
    void readsEveryKey() throws Exception {
        Configuration configuration = read("""
                listeners:
                  - name: main
                    host: "::"
                    port: 0
                    backlog: 77
                  - port: 81
                threads: {model: platform, pool: 50}
                guard:
                  max-request-line: 4k
                  max-header-size: 16k
                  max-header-count: 50
                  max-body: 10m
                  header-timeout: 1s
                  body-timeout: 2s
                  idle-timeout: 3s
                  write-timeout: PT4S
                  drain-timeout: 0
                  drain-delay: 5s
                log:
                  level: warn
                  loggers:
                    dev.loomgate: debug
                    dev.loomgate.http1: trace
                routes:
                  - path: [/a/**, "*.php"]
                    host: [a.example, "*.b.example"]
                    methods: [GET, POST]
                    max-body: 1k
                    handler: respond
                """);

        assertThat(configuration.listeners()).containsExactly(
                new ListenerConfig("main", "::", 0, 77, false, Optional.empty(), false, OptionalInt.empty()),
                new ListenerConfig("listener-2", "127.0.0.1", 81, 1024, false, Optional.empty(), false, OptionalInt.empty()));
        assertThat(configuration.threads()).isEqualTo(new ThreadsConfig(ThreadsConfig.Model.PLATFORM, 50,
                ThreadsConfig.Watch.STACKS));
        assertThat(configuration.guard()).isEqualTo(new GuardConfig(4096, 16384, 50, 10 << 20, Duration.ofSeconds(1),
                Duration.ofSeconds(2), Duration.ofSeconds(3), Duration.ofSeconds(4), Duration.ZERO, Duration.ofSeconds(5),
                RequestLimitsConfig.NONE,
                ConnectionGuardConfig.DEFAULT, TrustedProxiesConfig.NONE, BufferLimitsConfig.DEFAULT));
        assertThat(configuration.log()).isEqualTo(new LogConfig("warn", Map.of("dev.loomgate", "debug", "dev.loomgate.http1",
                "trace")));
        RouteConfig route = configuration.routes().getFirst();
        assertThat(route.paths()).containsExactly("/a/**", "*.php");
        assertThat(route.hosts()).containsExactly("a.example", "*.b.example");
        assertThat(route.methods()).containsExactly("GET", "POST");
        assertThat(route.maxBody()).hasValue(1024);
    }

    @Test
    void readsLimitsOfRequestsForAllAndForARoute() throws Exception {
        Configuration configuration = read("""
                guard:
                  concurrent-requests: {limit: 500, queue: 20, queue-timeout: 3s}
                  request-rate: {rate: 100}
                  request-timeout: 5m
                routes:
                - path: /a
                  handler: respond
                  concurrent-requests: {adaptive: {min: 5, max: 50, latency: 200ms}}
                  request-rate: {rate: 30, per: minute, burst: 5, of: all, exempt: [10.0.0.0/8]}
                  request-timeout: 10s
                  allow: [10.0.0.0/8, 192.0.2.1]
                  allow-files: file
                  deny: 10.1.0.0/16
                - {path: /b, handler: respond, concurrent-requests: 7}
                - {path: /c, handler: respond, concurrent-requests: {adaptive: {}}}
                """);

        assertThat(configuration.guard().requests()).isEqualTo(new RequestLimitsConfig(
                Optional.of(new RequestLimitsConfig.Concurrency(new RequestLimitsConfig.Fixed(500), 20, Duration.ofSeconds(3))),
                Optional.of(new RequestLimitsConfig.Rate(100, Duration.ofSeconds(1), 100, RequestLimitsConfig.Of.CLIENT,
                        List.of())), Optional.of(Duration.ofMinutes(5)), List.of(), List.of(), List.of(), List.of()));
        assertThat(configuration.routes()).extracting(RouteConfig::limits).containsExactly(
                new RequestLimitsConfig(Optional.of(new RequestLimitsConfig.Concurrency(
                        new RequestLimitsConfig.Adaptive(5, 50, Duration.ofMillis(200)), 0, Duration.ofSeconds(10))),
                        Optional.of(new RequestLimitsConfig.Rate(30, Duration.ofMinutes(1), 5, RequestLimitsConfig.Of.ALL,
                                List.of("10.0.0.0/8"))), Optional.of(Duration.ofSeconds(10)),
                        List.of("10.0.0.0/8", "192.0.2.1"), List.of(directory.resolve("file")),
                        List.of("10.1.0.0/16"), List.of()),
                new RequestLimitsConfig(Optional.of(new RequestLimitsConfig.Concurrency(new RequestLimitsConfig.Fixed(7), 0,
                        Duration.ofSeconds(10))), Optional.empty(), Optional.empty(), List.of(), List.of(), List.of(),
                        List.of()),
                new RequestLimitsConfig(Optional.of(new RequestLimitsConfig.Concurrency(
                        new RequestLimitsConfig.Adaptive(20, 1000, Duration.ofSeconds(5)), 0, Duration.ofSeconds(10))),
                        Optional.empty(), Optional.empty(), List.of(), List.of(), List.of(), List.of()));
    }

    @Test
    void reportsLimitsOfRequestsThatCannotBe() {
        assertThatThrownBy(() -> read("""
                routes:
                - path: /a
                  handler: respond
                  concurrent-requests: {limit: 5, adaptive: {min: 9, max: 8}}
                  request-rate: {per: second, of: everyone}
                  allow: [nowhere]
                - path: /b
                  handler: respond
                  concurrent-requests: {queue: 5}
                  request-rate: {rate: 0, per: fortnight}
                """)).isInstanceOfSatisfying(ConfigurationException.class, e -> assertThat(e.problems())
                .extracting(problem -> problem.key() + ": " + problem.message()).satisfiesExactlyInAnyOrder(
                        one -> assertThat(one).startsWith("routes[0].concurrent-requests.limit: either limit or adaptive"),
                        two -> assertThat(two).startsWith("routes[0].concurrent-requests.adaptive.min: found 9, which is more"),
                        three -> assertThat(three).startsWith("routes[0].request-rate.rate: is missing"),
                        four -> assertThat(four).startsWith("routes[0].request-rate.of: found 'everyone'"),
                        five -> assertThat(five).startsWith("routes[0].allow: found 'nowhere'"),
                        six -> assertThat(six).startsWith("routes[1].concurrent-requests.limit: either limit or adaptive"),
                        seven -> assertThat(seven).startsWith("routes[1].request-rate.rate: found '0'"),
                        eight -> assertThat(eight).startsWith("routes[1].request-rate.per: found 'fortnight'")));
    }

    @Test
    void readsTheGuardOfConnections() throws Exception {
        Path denied = Files.writeString(directory.resolve("denied"), "");
        ConnectionGuardConfig guard = read("""
                guard:
                  max-connections: 5000
                  when-full: refuse
                  retry-after: 30s
                  max-connections-per-address: 50
                  fair: true
                  exempt: 10.0.0.0/8
                  allow: [192.0.2.0/24]
                  deny: [192.0.2.7]
                  deny-files: denied
                  load: {stop-above: 16, go-below: 8.5}
                  pressure:
                    cpu: {stop-above: 90%}
                  heap: {stop-above: 95, go-below: 85}
                  requests-per-second: {soft: 100, hard: 1000}
                  bytes-in-per-second: {hard: 10m}
                  bytes-out-per-second: {soft: 1m}
                  min-body-rate: 0
                  min-response-rate: 1k
                  max-streams: 50
                  keep-alive-probes: {idle: 2m}
                routes:
                  - {path: /, handler: respond}
                """).guard().connections();

        assertThat(guard).isEqualTo(new ConnectionGuardConfig(5000, ConnectionGuardConfig.WhenFull.REFUSE,
                Duration.ofSeconds(30), 50, true, List.of("10.0.0.0/8"),
                new ConnectionGuardConfig.Addresses(List.of("192.0.2.0/24"), List.of("192.0.2.7"), List.of(), List.of(denied)),
                Map.of(ConnectionGuardConfig.Measure.LOAD, new ConnectionGuardConfig.Levels(16, 8.5),
                        ConnectionGuardConfig.Measure.CPU_PRESSURE, new ConnectionGuardConfig.Levels(90, 72),
                        ConnectionGuardConfig.Measure.HEAP, new ConnectionGuardConfig.Levels(95, 85)),
                new ConnectionGuardConfig.Rate(100, 1000), new ConnectionGuardConfig.Rate(Long.MAX_VALUE, 10 << 20),
                new ConnectionGuardConfig.Rate(1 << 20, Long.MAX_VALUE), 0, 1024, 50,
                Optional.of(new ConnectionGuardConfig.Probes(Duration.ofMinutes(2), Duration.ofSeconds(10), 6))));
    }

    @Test
    void readsStaticFiles() throws Exception {
        assertThat(kind("{handler: static, root: www}")).isEqualTo(new StaticFilesConfig(directory.resolve("www"),
                List.of("index.html"), false, Symlinks.REFUSE, DotFiles.REFUSE, List.of(), List.of(Coding.BR, Coding.GZIP),
                32 << 20, 64 << 10, Map.of(), "utf-8"));
        assertThat(kind("""
                handler: static
                root: www/../www
                index: []
                listing: true
                symlinks: inside
                dot-files: serve
                cache-control:
                - pattern: "*.css"
                  value: max-age=60
                precompressed: gzip
                memory-cache: 0
                memory-cache-max-file: 1k
                types: {.md: text/markdown, log: text/plain}
                charset: ""
                """)).isEqualTo(new StaticFilesConfig(directory.resolve("www"), List.of(), true, Symlinks.INSIDE,
                DotFiles.SERVE, List.of(new CacheRule("*.css", "max-age=60")), List.of(Coding.GZIP), 0, 1024,
                Map.of("md", "text/markdown", "log", "text/plain"), ""));
    }

    @Test
    void readsCgi() throws Exception {
        assertThat(kind("{handler: cgi, root: cgi}")).isEqualTo(new RouteConfig.Cgi(new Program.Root(directory.resolve("cgi")),
                List.of(), Optional.empty(), Map.of(), List.of(), false, false, Duration.ofSeconds(60), Optional.empty(), 64, 1024,
                Duration.ofSeconds(10), 64 << 10, Symlinks.REFUSE, Optional.empty(), Map.of(), OptionalLong.empty(),
                new RouteConfig.Running(RouteConfig.Mode.AUTO, List.of(), Duration.ofMinutes(10), 1, 0)));
        assertThat(kind("""
                handler: cgi
                script: program
                environment: {GIT_PROJECT_ROOT: /srv/git, EMPTY: ""}
                pass-environment: [LANG]
                pass-authorization: true
                query-arguments: true
                timeout: 5m
                run-timeout: 1h
                max-processes: 2
                max-queue: 0
                queue-timeout: 500ms
                body-memory: 0
                symlinks: follow
                document-root: www
                memory-limit: 256m
                mode: forkserver
                exec-scripts: [old-*.pl, admin/**]
                requests-per-process: 50
                spare-processes: 2
                idle-timeout: 1h
                """)).isEqualTo(new RouteConfig.Cgi(new Program.Script(directory.resolve("program")), List.of(),
                Optional.empty(), Map.of("GIT_PROJECT_ROOT", "/srv/git", "EMPTY", ""), List.of("LANG"), true, true,
                Duration.ofMinutes(5), Optional.of(Duration.ofHours(1)), 2, 0, Duration.ofMillis(500), 0, Symlinks.FOLLOW,
                Optional.of(directory.resolve("www")), Map.of(), OptionalLong.of(256 << 20),
                new RouteConfig.Running(RouteConfig.Mode.FORKSERVER, List.of("old-*.pl", "admin/**"), Duration.ofHours(1), 50, 2)));
        assertThat(((RouteConfig.Cgi) kind("{handler: cgi, root: cgi, extensions: [cgi, .pl], interpreters: {pl: perl}}")))
                .satisfies(cgi -> assertThat(cgi.extensions()).containsExactly(".cgi", ".pl"))
                .satisfies(cgi -> assertThat(cgi.interpreters()).isEqualTo(Map.of(".pl", "perl")));
    }

    @Test
    void readsTheOtherHandlers() throws Exception {
        assertThat(kind("{handler: java, class: a.B, class-path: [www, lib/*], settings: {db.url: x, n: 007}}"))
                .isEqualTo(new RouteConfig.Java("a.B", List.of(directory.resolve("www"), directory.resolve("lib/*")), Map.of("db.url", "x", "n", "007"),
                        RouteConfig.WebSockets.DEFAULT));
        assertThat(kind("{handler: rest}")).isEqualTo(new RouteConfig.Rest(Optional.empty(), List.of(), Map.of()));
        assertThat(kind("{handler: redirect, to: \"/new{path}?{query}\", status: 301}"))
                .isEqualTo(new RouteConfig.Redirect("/new{path}?{query}", 301));
        assertThat(kind("{handler: respond, status: 503, body: \"no: ${x}\", content-type: text/html, "
                + "headers: {Retry-After: 5}}"))
                .isEqualTo(new RouteConfig.Respond(503, "no: ${x}", "text/html", Map.of("Retry-After", "5")));
    }

    @Test
    void keepsSettingsInTheOrderOfTheFile() throws Exception {
        var java = (RouteConfig.Java) kind("{handler: java, class: a.B, settings: {z: 1, a: 2, m: 3, b: 4, y: 5}}");
        assertThat(java.settings().keySet()).containsExactly("z", "a", "m", "b", "y");
    }

    @Test
    void knowsTheDirectoryOfTheFileInSettingsAndEnvironment() throws Exception {
        assertThat(((RouteConfig.Java) kind("{handler: java, class: a.B, settings: {data: \"${here}/../data\"}}")).settings())
                .isEqualTo(Map.of("data", directory + "/../data"));
        assertThat(((RouteConfig.Cgi) kind("{handler: cgi, root: cgi, environment: {A: \"${here}:${here}\"}}")).environment())
                .isEqualTo(Map.of("A", directory + ":" + directory));
    }

    @Test
    void followsAliasesOfWholeValues() throws Exception {
        Configuration configuration = read("""
                routes:
                - {path: /a, handler: respond, headers: &common {X-A: b}}
                - {path: /b, handler: respond, headers: *common}
                """);
        assertThat(((RouteConfig.Respond) configuration.routes().get(1).kind()).headers()).isEqualTo(Map.of("X-A", "b"));
    }

    @Test
    void reportsAllMistakesInTheOrderOfTheFile() {
        assertThatThrownBy(() -> read("""
                listners: []
                threads: virtul
                guard:
                  max-body: lots
                routes:
                - path: nothing
                  handler: statik
                  root: nowhere
                """)).isInstanceOfSatisfying(ConfigurationException.class, e -> {
                    assertThat(e.problems()).extracting(Problem::line).containsExactly(1, 2, 4, 6, 7);
                    assertThat(e.problems()).extracting(Problem::key)
                            .containsExactly("listners", "threads", "guard.max-body", "routes[0].path", "routes[0].handler");
                    assertThat(e.problems().getFirst()).hasToString(directory.resolve("test.yaml")
                            + ":1: listners: unknown key; did you mean 'listeners'? allowed here: listeners, threads, upstreams, routes, "
                            + "guard, log, admin, tracing, control, security-headers, response-headers, request-id, compress, "
                            + "error-pages");
                });
    }

    record Mistake(String name, String yaml, String... messages) {
        @Override
        public String toString() {
            return name;
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("mistakes")
    void reportsMistakes(Mistake mistake) {
        assertThatThrownBy(() -> read(mistake.yaml())).isInstanceOfSatisfying(ConfigurationException.class, e ->
                assertThat(e.problems()).extracting(problem -> problem.toString()
                                .replace(directory.resolve("test.yaml").toString(), "").replace(directory.toString(), "."))
                        .containsExactly(mistake.messages()));
    }

    private static Mistake route(String keys, String... messages) {
        return new Mistake(keys, "routes:\n- path: /x/**\n  " + keys.replace("\n", "\n  "), messages);
    }

    static List<Mistake> mistakes() {
        return List.of(
                new Mistake("empty file", "", ": the file is empty; at least 'routes' is needed"),
                new Mistake("only comments", "# nothing\n", ": the file is empty; at least 'routes' is needed"),
                new Mistake("a list", "- a\n- b\n",
                        ":1: the file must consist of keys and values, such as 'routes:', not of a sequence"),
                new Mistake("a tab", "routes:\n\t- path: /\n", ":2: a tab; YAML is indented with spaces only"),
                new Mistake("a colon in text", "routes:\n- path: /\n  handler: respond\n  body: a: b\n",
                        ":4: not YAML: mapping values are not allowed here (column 10); check the indentation, and put text "
                                + "that holds ': ' in quotes"),
                new Mistake("an unquoted ending", "routes:\n- path: *.php\n",
                        ":2: not YAML: while scanning an alias, unexpected character found .(46) (column 10); put text that "
                                + "begins with '*' in quotes, as in path: \"*.php\""),
                new Mistake("a control character", "routes:\n- path: \"/\u0001\"\n",
                        ":2: the control character U+0001 is not allowed in YAML; remove it, or write it as "
                                + "\"\\u0001\" in double quotes"),
                new Mistake("two documents", "routes: []\n---\nroutes: []\n",
                        ":2: not YAML: expected a single document in the stream, but found another document (column 1)"),
                new Mistake("a duplicate key", "threads: virtual\nthreads: platform\nroutes:\n- {path: /, handler: respond}\n",
                        ":2: threads: this key is there twice; the first is in line 1"),
                new Mistake("no routes", "threads: virtual\n",
                        ":1: routes: is missing; without routes every request is answered with 404"),
                new Mistake("routes without value", "routes:\n", ":1: routes: has no value; give it one or remove the key"),
                new Mistake("routes not a list", "routes: {path: /}\n",
                        ":1: routes: must be a list: each entry begins with '- '"),
                new Mistake("a route that is a word", "routes:\n- hello\n", ":2: routes[0]: must hold keys and values"),
                new Mistake("no path, no handler", "routes:\n- methods: [GET]\n",
                        ":2: routes[0].handler: is missing; it must be there, as in handler: static",
                        ":2: routes[0].path: is missing; it must be there, as in path: /docs/**"),
                new Mistake("a key of a later release", "later: {port: 9090}\nroutes:\n- {path: /, handler: respond}\n",
                        ":1: later: unknown key; allowed here: listeners, threads, upstreams, routes, guard, log, admin, "
                                + "tracing, control, security-headers, response-headers, request-id, compress, error-pages"),
                new Mistake("listeners", """
                        listeners:
                        - port: http
                        - {port: 70000, prot: 1}
                        - {port: 80, name: a}
                        - {port: 80, name: a}
                        routes:
                        - {path: /, handler: respond}
                        """,
                        ":2: listeners[0].port: found 'http'; a whole number from 0 to 65535 is allowed",
                        ":3: listeners[1].port: found '70000'; a whole number from 0 to 65535 is allowed",
                        ":3: listeners[1].prot: unknown key; allowed here: name, host, port, backlog, "
                                + "proxy-protocol, http2, tls, redirect-to-https",
                        ":5: listeners[3].name: found 'a', which another listener has already",
                        ":5: listeners[3].port: found 80, which another listener has already at 127.0.0.1"),
                new Mistake("HTTP/2 without virtual threads", """
                        listeners: [{port: 80, http2: true}, {port: 81, http2: maybe}, {port: 82, http2: false}, {port: 83}]
                        threads: platform
                        guard: {max-streams: 0, min-response-rate: slow}
                        routes:
                        - {path: /, handler: respond}
                        """,
                        ":1: listeners[0].http2: needs virtual threads, as each request of a connection has a thread: set "
                                + "'threads: virtual', or 'http2: false'",
                        ":1: listeners[1].http2: found 'maybe'; true or false is allowed",
                        ":3: guard.max-streams: found '0'; a whole number from 1 to 10000 is allowed",
                        ":3: guard.min-response-rate: found 'slow'; a size such as 512, 64k, 10m or 1g is allowed"),
                route("handler: cgi\nroot: cgi\nquery-arguments: all",
                        ":5: routes[0].query-arguments: found 'all'; true or false is allowed"),
                new Mistake("no listener", "listeners: []\nroutes:\n- {path: /, handler: respond}\n",
                        ":1: listeners: at least one listener is needed, such as '- port: 8080'"),
                new Mistake("a pool of virtual threads",
                        "threads: {model: virtual, pool: 3}\nroutes:\n- {path: /, handler: respond}\n",
                        ":1: threads.pool: virtual threads have no pool; remove it, or set model: platform"),
                new Mistake("threads", "threads: native\nroutes:\n- {path: /, handler: respond}\n",
                        ":1: threads: found 'native'; allowed: virtual, platform"),
                new Mistake("a log of requests", """
                        log:
                          format: jsn
                          access: {format: combine, fil: access.log, except: [/, /b]}
                        routes:
                        - {path: /, handler: respond}
                        """,
                        ":2: log.format: found 'jsn'; did you mean 'json'? allowed: text, json",
                        ":3: log.access.except: found '/b'; no route has this path; did you mean '/'? allowed: /",
                        ":3: log.access.fil: unknown key; did you mean 'file'? allowed here: file, format, except",
                        ":3: log.access.file: is missing; it must be there, as in file: access.log",
                        ":3: log.access.format: found 'combine'; did you mean 'combined'? allowed: combined, extended, json"),
                new Mistake("a route that is logged, and wrong", """
                        log: {access: {file: access.log, except: [/b]}}
                        routes:
                        - {path: /, handler: respond}
                        - {path: /b, handler: respnd}
                        """,
                        ":4: routes[1].handler: found 'respnd'; did you mean 'respond'? allowed: static, cgi, fastcgi, scgi, "
                                + "proxy, java, main, rest, servlet, redirect, respond"),
                new Mistake("a log of requests nowhere",
                        "log: {access: /nowhere/access.log}\nroutes:\n- {path: /, handler: respond}\n",
                        ":1: log.access: found '/nowhere/access.log'; there is no directory /nowhere; create it"),
                new Mistake("tracing", """
                        tracing: {otlp: "127.0.0.1:4318", sample: 2, services: x}
                        routes:
                        - {path: /, handler: respond}
                        """,
                        ":1: tracing.otlp: found '127.0.0.1:4318'; an address is needed, such as otlp: http://127.0.0.1:4318",
                        ":1: tracing.sample: found '2'; a part from 0 to 1 is allowed, such as 0.1, or 10%",
                        ":1: tracing.services: unknown key; did you mean 'service'? allowed here: otlp, sample, service, "
                                + "headers"),
                new Mistake("admin", "admin: yes\nroutes:\n- {path: /, handler: respond}\n",
                        ":1: admin: found 'yes'; on, off or keys such as {host: 127.0.0.1, port: 9090} are allowed"),
                new Mistake("admin's keys", """
                        admin:
                          hosts: ::1
                          port: 8080
                          host: 127.0.0.1
                        routes:
                        - {path: /, handler: respond}
                        """,
                        ":1: admin: found port 8080 of 127.0.0.1, which the listener listener-1 has already",
                        ":2: admin.hosts: unknown key; allowed here: host, port"),
                new Mistake("guard and log", """
                        guard:
                          max-header-size: 1
                          idle-timeout: 60
                          body-timeout: 0s
                        log:
                          level: inf
                          loggers: {a.b: loud}
                        routes:
                        - {path: /, handler: respond}
                        """,
                        ":2: guard.max-header-size: found '1'; a size from 256 to 16m is allowed",
                        ":3: guard.idle-timeout: found '60'; the unit is missing: write 60s for seconds, 60ms for milliseconds",
                        ":4: guard.body-timeout: found '0s'; a time above zero is needed",
                        ":6: log.level: found 'inf'; did you mean 'info'? allowed: off, error, warn, info, debug, trace",
                        ":7: log.loggers.a.b: found 'loud'; allowed: off, error, warn, info, debug, trace"),
                new Mistake("guard of connections", """
                        guard:
                          max-connections: many
                          max-connections-per-address: 0
                          when-full: wait
                          exempt: [everyone]
                          deny-files: absent
                          load: {go-below: 3}
                          pressure: {disk: {stop-above: 3}}
                          memory: {stop-above: 101}
                          heap: {stop-above: 80, go-below: 90}
                          requests-per-second: {soft: 20, hard: 10}
                          bytes-in-per-second: {}
                          keep-alive-probes: {idle: 500ms, count: 200}
                        routes:
                        - {path: /, handler: respond}
                        """,
                        ":2: guard.max-connections: found 'many'; auto, none, or a number from 1 to 10000000 is allowed",
                        ":3: guard.max-connections-per-address: found '0'; none, or a number from 1 to 10000000 is allowed",
                        ":4: guard.when-full: found 'wait'; allowed: close, refuse",
                        ":5: guard.exempt: found 'everyone'; not a network",
                        ":6: guard.deny-files: found 'absent'; no such file",
                        ":7: guard.load.stop-above: is missing; it must be there, as in stop-above: 8",
                        ":8: guard.pressure.disk: unknown key; allowed here: cpu, memory, io",
                        ":9: guard.memory.stop-above: found '101'; a number from 0 to 100 is allowed",
                        ":10: guard.heap.go-below: found 90.0, which is more than stop-above, 80.0",
                        ":11: guard.requests-per-second.soft: found 20, which is more than hard, 10",
                        ":12: guard.bytes-in-per-second.soft: soft, hard or both must be there",
                        ":13: guard.keep-alive-probes.count: found '200'; a whole number from 1 to 127 is allowed",
                        ":13: guard.keep-alive-probes.idle: found '500ms'; a time from 1s to 32767s is allowed"),
                new Mistake("two routes for the same", """
                        routes:
                        - {path: [/a, "*.php"], handler: respond, methods: [GET, POST]}
                        - {path: /**/*.php, handler: respond, methods: POST}
                        - {path: /a, handler: respond}
                        - {path: /a, handler: respond, host: a.example}
                        - {path: /a, handler: respond, host: [b.example, A.example]}
                        """,
                        ":3: routes[1].path: the route in line 2 already takes POST /**/*.php",
                        ":6: routes[4].path: the route in line 5 already takes any method of /a of a.example"),
                new Mistake("a directory without wildcards", "routes:\n- {path: /, handler: static, root: www}\n",
                        ":2: routes[0].path: found '/', which takes that one address only; write /** for everything below it"),
                new Mistake("a REST path", "routes:\n- {path: /api/*, handler: rest}\n",
                        ":2: routes[0].path: found '/api/*'; a REST service has paths of its own below the route's: write "
                                + "/api/**"),
                new Mistake("conditions",
                        "routes:\n- {path: [x], host: \"a b\", methods: [get], max-body: -1, handler: respond}\n",
                        ":2: routes[0].host: found 'a b'; not a host",
                        ":2: routes[0].max-body: found '-1'; a size such as 512, 64k, 10m or 1g is allowed",
                        ":2: routes[0].methods: found 'get'; a method is written in capital letters, such as GET or POST",
                        ":2: routes[0].path: found 'x'; not a path"),
                route("handler: statics\nroot: www", ":3: routes[0].handler: found 'statics'; did you mean 'static'? allowed: "
                        + "static, cgi, fastcgi, scgi, proxy, java, main, rest, servlet, redirect, respond"),
                route("handler: static", ":2: routes[0].root: is missing; it must be there, as in root: www"),
                route("handler: static\nroot: wwww", ":4: routes[0].root: found 'wwww'; ./wwww does not exist"),
                route("handler: static\nroot: file", ":4: routes[0].root: found 'file'; ./file is not a directory"),
                route("handler: static\nroot: www\nlistings: true", ":5: routes[0].listings: unknown key; did you mean "
                        + "'listing'? allowed here: path, host, methods, max-body, handler, root, index, listing, symlinks, "
                        + "dot-files, cache-control, precompressed, memory-cache, memory-cache-max-file, types, charset, "
                        + "concurrent-requests, request-rate, request-timeout, allow, "
                        + "allow-files, deny, deny-files, security-headers, response-headers, compress, cors, basic-auth, authorizer, "
                        + "error-pages"),
                route("handler: static\nroot: www\nlisting: yes",
                        ":5: routes[0].listing: found 'yes'; true or false is allowed"),
                route("handler: static\nroot: www\nindex: a/b\nsymlinks: none\nprecompressed: [zip]",
                        ":5: routes[0].index: found 'a/b'; the name of a file is allowed, without directory",
                        ":6: routes[0].symlinks: found 'none'; allowed: refuse, inside, follow",
                        ":7: routes[0].precompressed: found 'zip'; did you mean 'gzip'? allowed: br, zstd, gzip"),
                route("handler: static\nroot: www\ntypes: {md: markdown}\n"
                                + "cache-control:\n- pattern: \"[\"\n  value: \"a\\nb\"\n- {}",
                        ":5: routes[0].types.md: found 'markdown'; a media type such as text/html is allowed",
                        ":7: routes[0].cache-control[0].pattern: found '['; not a pattern: Missing ']",
                        ":8: routes[0].cache-control[0].value: found 'a\nb'; it goes into a header: printable ASCII on one "
                                + "line is allowed",
                        ":9: routes[0].cache-control[1].pattern: is missing; it must be there, as in pattern: \"*.css\"",
                        ":9: routes[0].cache-control[1].value: is missing; it must be there, as in value: max-age=3600"),
                route("handler: cgi", ":2: routes[0].root: is missing; it must be there, as in root: cgi-bin (a directory of "
                        + "scripts; 'script' for a single one)"),
                route("handler: cgi\nscript: file", ":4: routes[0].script: found './file', which user "
                        + System.getProperty("user.name") + " may not execute: chmod +x it"),
                route("handler: cgi\nscript: absent", ":4: routes[0].script: found './absent', which does not exist"),
                route("handler: cgi\nscript: program\nroot: cgi\nindex: x.cgi",
                        ":4: routes[0].script: a route has either a root with scripts or one script; remove one of the two",
                        ":6: routes[0].index: means nothing beside 'script'; it is for 'root'"),
                route("handler: cgi\nroot: cgi\nmax-processes: 0\nenvironment: {A-B: c}\npass-environment: [\"A=B\"]\n"
                                + "interpreters: {pl: bin/perl}",
                        ":5: routes[0].max-processes: found '0'; a whole number from 1 to 100000 is allowed",
                        ":6: routes[0].environment: found 'A-B'; the name of an environment variable is letters, digits and _",
                        ":7: routes[0].pass-environment: found 'A=B'; the name of an environment variable is letters, "
                                + "digits and _",
                        ":8: routes[0].interpreters.pl: found 'bin/perl'; a program is allowed, by name (perl) or with its "
                                + "whole path (/usr/bin/perl)"),
                route("handler: cgi\nroot: cgi\nmode: exec\nexec-scripts: [\"{\"]\nidle-timeout: 0\nmemory-limit: 1k",
                        ":6: routes[0].exec-scripts: means nothing beside 'mode: exec', which has no fork servers",
                        ":6: routes[0].exec-scripts: found '{'; not a pattern: Missing '}",
                        ":7: routes[0].idle-timeout: means nothing beside 'mode: exec', which has no fork servers",
                        ":7: routes[0].idle-timeout: found '0'; a time above zero is needed",
                        ":8: routes[0].memory-limit: found '1k'; a size from 1m to 9223372036854775807 is allowed"),
                route("handler: cgi\nroot: cgi\nmax-processes: 5\nspare-processes: 6",
                        ":6: routes[0].spare-processes: found '6'; it can't be more than max-processes, which is 5"),
                route("handler: cgi\nroot: cgi\nspare-processes: 65",
                        ":5: routes[0].spare-processes: found '65'; it can't be more than max-processes, which is 64 unless it is set"),
                route("handler: cgi\nroot: cgi\nmode: exec\nspare-processes: -1",
                        ":6: routes[0].spare-processes: means nothing beside 'mode: exec', which has no fork servers",
                        ":6: routes[0].spare-processes: found '-1'; a whole number from 0 to 100000 is allowed"),
                route("handler: cgi\nroot: cgi\nmode: fork",
                        ":5: routes[0].mode: found 'fork'; allowed: auto, exec, forkserver"),
                route("handler: java\nclass: missing.Handler\nclass-path: \"a.jar:b.jar\"",
                        ":4: routes[0].class: found 'missing.Handler'; no such class",
                        ":5: routes[0].class-path: found 'a.jar:b.jar'; ./a.jar:b.jar does not exist; write a list, [a.jar, "
                                + "b.jar], not a.jar:b.jar"),
                route("handler: java\nclass: missing.Handler\nclass-path: cgi/*",
                        ":4: routes[0].class: found 'missing.Handler'; no such class",
                        ":5: routes[0].class-path: there is no jar in ./cgi"),
                route("handler: rest\nclass: missing.Service", ":4: routes[0].class: found 'missing.Service'; no such class"),
                route("handler: redirect\nstatus: 200", ":2: routes[0].to: is missing; it must be there, as in to: "
                        + "https://example.org{path}", ":4: routes[0].status: found '200'; allowed: 301, 302, 303, 307, 308"),
                route("handler: redirect\nto: /a{uri}",
                        ":4: routes[0].to: found '/a{uri}'; {path} and {query} are the only variables"),
                route("handler: respond\nstatus: 204\nbody: x\nheaders: {\"a b\": c, Content-Type: d, X: \"\u00e9\"}",
                        ":5: routes[0].body: a response with status 204 has no body",
                        ":6: routes[0].headers: found 'a b', which is not the name of a header field",
                        ":6: routes[0].headers: found 'Content-Type', which the server sets itself; use the key content-type",
                        ":6: routes[0].headers.X: found '\u00e9'; it goes into a header: printable ASCII on one line is "
                                + "allowed"),
                route("handler: respond\nheaders:", ":4: routes[0].headers: has no value; give it one or remove the key"),
                route("handler: respond\nheaders: &a {b: *a}", ":4: routes[0].headers.b: an alias that leads back to itself",
                        ":4: routes[0].headers.b: must be a single value"));
    }

    @Test
    void reportsWhatIsNoReadableFile() throws IOException {
        var reader = new ConfigurationReader(PlainRules::new);
        assertThatThrownBy(() -> reader.read(directory.resolve("absent.yaml")))
                .hasMessageContaining("absent.yaml: no such file");
        assertThatThrownBy(() -> reader.read(directory)).hasMessageContaining("this is a directory");
        Path latin1 = Files.write(directory.resolve("latin1.yaml"), "# a\n# caf\u00e9\n".getBytes(StandardCharsets.ISO_8859_1));
        assertThatThrownBy(() -> reader.read(latin1)).hasMessageContaining(
                "latin1.yaml:2: byte 0xE9 is not UTF-8; save the file in UTF-8");
    }

    @Test
    void writesTheUriOfAListener() {
        assertThat(new ListenerConfig("a", "::1", 0, 1).uri(81)).isEqualTo("http://[::1]:81");
        assertThat(new ListenerConfig("a", "localhost", 0, 1).uri(82)).isEqualTo("http://localhost:82");
    }

    @Test
    void skipsAByteOrderMark() throws Exception {
        assertThat(read("\ufeffroutes:\n- {path: /, handler: respond}\n").routes()).hasSize(1);
    }
}
