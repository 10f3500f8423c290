package dev.loomgate.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import dev.loomgate.config.ConfigurationException;
import dev.loomgate.testing.Programs;
import dev.loomgate.testing.RawClient;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServerTest {
    private static final HttpClient CLIENT = HttpClient.newHttpClient();
    private static final String FREE_PORT = "listeners:\n- port: 0\n";

    @TempDir
    Path directory;

    private Plan plan(String yaml) throws Exception {
        return Plan.read(Files.writeString(directory.resolve("test.yaml"), yaml));
    }

    private Server start(String routes) throws Exception {
        return plan(FREE_PORT + "routes:\n" + routes).start();
    }

    private static HttpResponse<String> get(Server server, String path) throws Exception {
        return CLIENT.send(HttpRequest.newBuilder(URI.create(server.addresses().getFirst() + path)).build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private static int portOf(Server server) {
        return URI.create(server.addresses().getFirst()).getPort();
    }

    @Test
    void servesWhatTheConfigurationSays() throws Exception {
        Files.writeString(Files.createDirectories(directory.resolve("www/sub")).resolve("page.html"), "page");
        Files.writeString(directory.resolve("www/robots.txt"), "robots");
        try (Server server = start("""
                - path: [/files/**, /robots.txt]
                  handler: static
                  root: www
                - path: /hello
                  handler: respond
                  status: 418
                  body: "hello\\n"
                  headers: {X-A: b}
                - {path: /nothing, handler: respond, status: 204}
                """)) {
            assertThat(get(server, "/files/sub/page.html").body()).isEqualTo("page");
            assertThat(get(server, "/robots.txt").body()).isEqualTo("robots");
            HttpResponse<String> hello = get(server, "/hello");
            assertThat(hello.statusCode()).isEqualTo(418);
            assertThat(hello.body()).isEqualTo("hello\n");
            assertThat(hello.headers().firstValue("X-A")).contains("b");
            assertThat(hello.headers().firstValue("Content-Type")).contains("text/plain; charset=utf-8");
            assertThat(get(server, "/nothing").statusCode()).isEqualTo(204);
            assertThat(get(server, "/elsewhere").statusCode()).isEqualTo(404);
        }
    }

    @Test
    void redirectsWithTheRestOfThePathAndTheQuery() throws Exception {
        try (Server server = start("""
                - {path: /old/**, handler: redirect, to: "/new{path}?{query}", status: 308}
                - {path: "/any/**", handler: redirect, to: "{path}"}
                - {path: /plain, handler: redirect, to: "https://example.org/?a=b"}
                """)) {
            assertThat(get(server, "/old/a%20b/%C3%A9?x=1&y=%20").headers().firstValue("Location"))
                    .contains("/new/a%20b/%C3%A9?x=1&y=%20");
            assertThat(get(server, "/old/x").statusCode()).isEqualTo(308);
            assertThat(get(server, "/old/x").headers().firstValue("Location")).contains("/new/x");
            assertThat(get(server, "/old").headers().firstValue("Location")).contains("/new");
            assertThat(get(server, "/plain?q").headers().firstValue("Location")).contains("https://example.org/?a=b");
            assertThat(get(server, "/any//evil.example/%5Cx%0d%0aSet-Cookie:a").headers().firstValue("Location"))
                    .contains("/evil.example/%5Cx%0D%0ASet-Cookie:a");
        }
    }

    @Test
    void makesArgumentsOfAQueryWhereThatIsConfigured() throws Exception {
        Programs.require("perl", "perl");
        Path cgi = Files.createDirectories(directory.resolve("cgi"));
        Files.writeString(cgi.resolve("words.sh"), "#!/bin/sh\nprintf 'Content-Type: text/plain\\n\\n'\nprintf '[%s]' \"$@\"\n")
                .toFile().setExecutable(true);
        Files.writeString(cgi.resolve("words.pl"), "#!/usr/bin/perl\nprint qq(Content-Type: text/plain\\n\\n), map { \"[$_]\" } @ARGV;\n")
                .toFile().setExecutable(true);
        try (Server server = start("""
                - {path: /search/**, handler: cgi, root: cgi, query-arguments: true}
                - {path: /started/**, handler: cgi, root: cgi, query-arguments: true, mode: exec}
                - {path: /cgi-bin/**, handler: cgi, root: cgi}
                """)) {
            for (String path : List.of("/search/words.sh", "/search/words.pl", "/started/words.pl")) {
                assertThat(get(server, path + "?old+sh%69ps").body()).as(path).isEqualTo("[old][ships]");
            }
            assertThat(get(server, "/search/words.pl?q=old+ships").body()).isEmpty();
            assertThat(get(server, "/cgi-bin/words.pl?-s").body()).isEmpty();
            assertThat(get(server, "/cgi-bin/words.sh?-s").body()).isEqualTo("[]");
        }
    }

    @Test
    void runsCgiPrograms() throws Exception {
        Files.writeString(Files.createDirectories(directory.resolve("www")).resolve("page.txt"), "page");
        Path cgi = Files.createDirectories(directory.resolve("cgi"));
        Files.writeString(cgi.resolve("env.sh"), """
                #!/bin/sh
                printf 'Content-Type: text/plain\\n\\n%s|%s|%s|%s' "$SCRIPT_NAME" "$PATH_INFO" "$GREETING" "$CONTENT_LENGTH"
                """).toFile().setExecutable(true);
        Files.writeString(cgi.resolve("local.sh"), "#!/bin/sh\nprintf 'Location: /files/../files/page.txt\\n\\n'\n")
                .toFile().setExecutable(true);
        Files.writeString(cgi.resolve("by.txt"), "printf 'Content-Type: text/plain\\n\\nby sh'\n");
        Files.writeString(cgi.resolve("data.bin"), "not a script");
        try (Server server = start("""
                - path: /cgi-bin/**
                  handler: cgi
                  root: cgi
                  extensions: [.sh, .txt]
                  interpreters: {txt: sh}
                  environment: {GREETING: hello}
                  max-body: 5
                - {path: [/one/**, /single], handler: cgi, script: cgi/env.sh}
                - {path: /files/**, handler: static, root: www}
                - {path: /**, handler: respond, body: else}
                """)) {
            assertThat(get(server, "/cgi-bin/env.sh/a%20b").body()).isEqualTo("/cgi-bin/env.sh|/a b|hello|");
            assertThat(get(server, "/one/x/y").body()).isEqualTo("/one|/x/y||");
            assertThat(get(server, "/single").body()).isEqualTo("/single|||");
            assertThat(get(server, "/cgi-bin/by.txt").body()).isEqualTo("by sh");
            assertThat(get(server, "/cgi-bin/local.sh").body()).isEqualTo("page");
            assertThat(get(server, "/cgi-bin/data.bin").body()).isEqualTo("else");
            assertThat(get(server, "/cgi-bin/absent.sh").statusCode()).isEqualTo(404);
            assertThat(post(server, "/cgi-bin/env.sh", 5)).isEqualTo("/cgi-bin/env.sh||hello|5");
            assertThat(post(server, "/cgi-bin/env.sh", 6)).isEqualTo("413");
        }
    }

    @Test
    void runsJavaHandlersOfEachKindFromTheirOwnClassPath() throws Exception {
        CompiledClasses.compile(directory.resolve("classes"), "Ported", """
                import dev.loomgate.handler.*;
                public final class Ported implements Handler {
                    private String greeting;
                    public void init(java.util.Map<String, String> settings) { greeting = settings.get("greeting"); }
                    public void handle(Request request, Response response) throws Exception {
                        response.out().print(greeting + " from " + request.scriptName() + " " + request.pathInfo());
                    }
                }
                """);
        CompiledClasses.compile(directory.resolve("classes"), "Plain", """
                import io.helidon.webserver.http.*;
                public final class Plain implements Handler {
                    public void handle(ServerRequest request, ServerResponse response) {
                        ClassLoader named = Thread.currentThread().getContextClassLoader();
                        response.send(named == Plain.class.getClassLoader() ? "own" : "other");
                    }
                }
                """);
        CompiledClasses.compile(directory.resolve("classes"), "Service", """
                import io.helidon.webserver.http.*;
                public final class Service implements HttpService {
                    private final String name;
                    public Service(java.util.Map<String, String> settings) { name = settings.getOrDefault("name", "service"); }
                    public void routing(HttpRules rules) {
                        rules.get("/{id}", (q, s) -> s.send(name + q.path().pathParameters().get("id")));
                    }
                }
                """);
        try (Server server = start("""
                - {path: [/a/**, /b/c], handler: java, class: Ported, class-path: classes, settings: {greeting: Hello}}
                - {path: /plain, handler: java, class: Plain, class-path: classes}
                - {path: /service/**, handler: java, class: Service, class-path: classes}
                - {path: /rest/**, handler: rest, class: Service, class-path: classes, settings: {name: named}}
                """)) {
            assertThat(get(server, "/a/x/y").body()).isEqualTo("Hello from /a /x/y");
            assertThat(get(server, "/b/c").body()).startsWith("Hello from /b/c ");
            assertThat(get(server, "/plain").body()).isEqualTo("own");
            assertThat(get(server, "/service/7").body()).isEqualTo("service7");
            assertThat(get(server, "/rest/7").body()).isEqualTo("named7");
        }
    }

    @Test
    void findsRestServicesWithServiceLoader() throws Exception {
        CompiledClasses.compile(directory.resolve("classes"), "Found", """
                import io.helidon.webserver.http.*;
                public final class Found implements HttpService {
                    public void routing(HttpRules rules) { rules.get("/found", (q, s) -> s.send("found")); }
                }
                """);
        Files.writeString(Files.createDirectories(directory.resolve("classes/META-INF/services"))
                .resolve("io.helidon.webserver.http.HttpService"), "Found\n");
        try (Server server = start("- {path: /api/**, handler: rest, class-path: classes}\n")) {
            assertThat(get(server, "/api/found").body()).isEqualTo("found");
        }
    }

    @Test
    void reportsClassesThatCannotAnswerRequests() throws Exception {
        CompiledClasses.compile(directory.resolve("classes"), "Nothing", "public final class Nothing { }");
        assertThatThrownBy(() -> plan("""
                routes:
                - {path: /a, handler: java, class: Nothing, class-path: classes}
                - {path: /b, handler: java, class: absent.Handler, class-path: classes}
                - {path: /c, handler: java, class: absent/Handler.class}
                - {path: /d/**, handler: rest, class: Nothing, class-path: classes}
                - {path: /e/**, handler: rest}
                """)).isInstanceOfSatisfying(ConfigurationException.class, e -> assertThat(e.problems())
                .extracting(problem -> problem.line() + " " + problem.message()).satisfiesExactly(
                        one -> assertThat(one).startsWith("2 found 'Nothing'; the class is none of dev.loomgate"),
                        two -> assertThat(two).startsWith("3 found 'absent.Handler'; there is no such class in class-path"),
                        three -> assertThat(three).contains("4 found", "write it with dots and without .class"),
                        four -> assertThat(four).contains("5 found 'Nothing'; the class is not a io.helidon"),
                        five -> assertThat(five).contains("6 class-path [] has no META-INF/services/")));
    }

    @Test
    void reportsTheRouteOfAHandlerThatRefusesItsSettings() throws Exception {
        CompiledClasses.compile(directory.resolve("classes"), "Picky", """
                import dev.loomgate.handler.*;
                public final class Picky implements Handler {
                    public void init(java.util.Map<String, String> settings) {
                        throw new IllegalArgumentException("no key db");
                    }
                    public void handle(Request request, Response response) { }
                }
                """);
        Plan plan = plan(FREE_PORT + "routes:\n- {path: /a, handler: java, class: Picky, class-path: classes}\n");
        assertThatThrownBy(plan::start).isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("test.yaml:4: routes[0]: ").hasMessageContaining("no key db");
    }

    @Test
    void limitsTheBodyOfARoute() throws Exception {
        CompiledClasses.compile(directory.resolve("classes"), "Length", """
                import io.helidon.webserver.http.*;
                public final class Length implements Handler {
                    public void handle(ServerRequest request, ServerResponse response) {
                        response.send("" + request.content().as(byte[].class).length);
                    }
                }
                """);
        try (Server server = plan(FREE_PORT + """
                guard: {max-body: 10}
                routes:
                - {path: /small, handler: java, class: Length, class-path: classes, max-body: 5}
                - {path: /usual, handler: java, class: Length, class-path: classes}
                - {path: /large, handler: java, class: Length, class-path: classes, max-body: 20}
                """).start()) {
            assertThat(post(server, "/small", 5)).isEqualTo("5");
            assertThat(post(server, "/small", 6)).isEqualTo("413");
            assertThat(post(server, "/usual", 10)).isEqualTo("10");
            assertThat(post(server, "/usual", 11)).isEqualTo("413");
            assertThat(post(server, "/large", 20)).isEqualTo("20");
            assertThat(post(server, "/large", 21)).isEqualTo("413");
        }
    }

    private static String post(Server server, String path, int length) throws IOException {
        try (var client = RawClient.connect(portOf(server))) {
            client.send("POST " + path + " HTTP/1.1\r\nHost: x\r\nContent-Length: " + length + "\r\n\r\n" + "x".repeat(length));
            RawClient.Response response = client.readResponse();
            return response.status() == 200 ? response.body() : String.valueOf(response.status());
        }
    }

    @Test
    void listensOnEveryListener() throws Exception {
        try (Server server = plan("""
                listeners:
                - {port: 0, name: a}
                - {port: 0, name: b, host: 127.0.0.2}
                threads: {model: platform, pool: 3}
                routes:
                - {path: /, handler: respond, body: x}
                """).start()) {
            assertThat(server.addresses()).hasSize(2);
            assertThat(server.addresses().get(1)).startsWith("http://127.0.0.2:");
            for (String address : server.addresses()) {
                assertThat(CLIENT.send(HttpRequest.newBuilder(URI.create(address + "/")).build(),
                        HttpResponse.BodyHandlers.ofString()).body()).isEqualTo("x");
            }
        }
    }

    @Test
    void saysWhatToDoWhenAPortIsTaken() throws Exception {
        try (var taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            Plan plan = plan("listeners:\n- port: 0\n- port: " + taken.getLocalPort()
                    + "\nroutes:\n- {path: /, handler: respond}\n");
            assertThatThrownBy(plan::start).isInstanceOf(BindException.class)
                    .hasMessageContaining("127.0.0.1:" + taken.getLocalPort())
                    .hasMessageContaining("Address already in use")
                    .hasMessageContaining("set another port under listeners");
        }
    }

    @Test
    void letsRequestsInFlightEndWhenItStops() throws Exception {
        Path started = directory.resolve("started");
        Path release = directory.resolve("release");
        Path closed = directory.resolve("closed");
        CompiledClasses.compile(directory.resolve("classes"), "Slow", """
                import dev.loomgate.handler.*;
                import java.nio.file.*;
                public final class Slow implements Handler {
                    private Path directory;
                    public void init(java.util.Map<String, String> settings) { directory = Path.of(settings.get("directory")); }
                    public void handle(Request request, Response response) throws Exception {
                        Files.createFile(directory.resolve("started"));
                        while (!Files.exists(directory.resolve("release"))) {
                            Thread.sleep(10);
                        }
                        response.out().print("done, closed: " + Files.exists(directory.resolve("closed")));
                    }
                    public void close() throws Exception { Files.createFile(directory.resolve("closed")); }
                }
                """);
        Server server = start("- {path: /, handler: java, class: Slow, class-path: classes, settings: {directory: "
                + directory + "}}\n");
        int port = portOf(server);
        CompletableFuture<HttpResponse<String>> answer = CLIENT.sendAsync(
                HttpRequest.newBuilder(URI.create(server.addresses().getFirst() + "/")).build(),
                HttpResponse.BodyHandlers.ofString());
        await().until(() -> Files.exists(started));

        CompletableFuture<Boolean> stopped = CompletableFuture.supplyAsync(server::stop);
        await().untilAsserted(() -> assertThatThrownBy(() -> RawClient.connect(port).close()).isInstanceOf(IOException.class));
        assertThat(stopped).isNotDone();
        Files.createFile(release);

        assertThat(answer.get(10, TimeUnit.SECONDS).body()).isEqualTo("done, closed: false");
        assertThat(stopped.get(10, TimeUnit.SECONDS)).isTrue();
        assertThat(closed).exists();
    }

    @Test
    void breaksRequestsOffThatDoNotEndInTime() throws Exception {
        CompiledClasses.compile(directory.resolve("classes"), "Endless", """
                import dev.loomgate.handler.*;
                public final class Endless implements Handler {
                    public void handle(Request request, Response response) throws Exception {
                        response.out().print("x");
                        response.flush();
                        Thread.sleep(60_000);
                    }
                }
                """);
        Server server = plan(FREE_PORT + """
                guard: {drain-timeout: 100ms}
                routes:
                - {path: /, handler: java, class: Endless, class-path: classes}
                """).start();
        try (var client = RawClient.connect(portOf(server))) {
            client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
            client.readLine();
            assertThat(server.stop()).isFalse();
        }
    }

    @Test
    void namesThePathsInTheOrderOfTheirPrecedence() throws Exception {
        Files.createDirectories(directory.resolve("www"));
        try (Plan plan = plan("""
                routes:
                - {path: /**, handler: static, root: www}
                - {path: ["*.txt", /x/**], handler: respond}
                - {path: /x/y, handler: redirect, to: /, methods: [GET]}
                - {path: /**, handler: respond, host: [a.example, "*.b.example"]}
                """)) {
            assertThat(plan.routes()).extracting(route -> (route.host() + " " + route.path()).strip())
                    .containsExactly("a.example /**", "*.b.example /**", "/x/y", "/x/**", "*.txt", "/**");
        }
    }
}
