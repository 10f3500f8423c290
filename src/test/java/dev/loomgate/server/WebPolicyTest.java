package dev.loomgate.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayInputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.zip.GZIPInputStream;

import dev.loomgate.config.ConfigurationException;
import dev.loomgate.testing.Programs;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Header fields, CORS, passwords, compression and error pages, around answers of several kinds. */
class WebPolicyTest {
    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    @TempDir
    Path directory;

    private Plan plan(String yaml) throws Exception {
        return Plan.read(Files.writeString(directory.resolve("test.yaml"), "listeners:\n- port: 0\n" + yaml));
    }

    private static HttpResponse<byte[]> send(Server server, String method, String path, String... fields) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(server.addresses().getFirst() + path))
                .method(method, HttpRequest.BodyPublishers.noBody());
        if (fields.length > 0) {
            request.headers(fields);
        }
        return CLIENT.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
    }

    private static String text(HttpResponse<byte[]> response) {
        return new String(response.body(), StandardCharsets.UTF_8);
    }

    private static String field(HttpResponse<?> response, String name) {
        return String.join("; ", response.headers().allValues(name));
    }

    private static String unzip(HttpResponse<byte[]> response) throws Exception {
        assertThat(field(response, "Content-Encoding")).isEqualTo("gzip");
        try (var in = new GZIPInputStream(new ByteArrayInputStream(response.body()))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private void script(String name, String text) throws Exception {
        Path file = Files.createDirectories(directory.resolve("cgi")).resolve(name);
        Files.writeString(file, "#!/bin/sh\n" + text).toFile().setExecutable(true);
    }

    @Test
    void everyKindOfAnswerGetsTheFields() throws Exception {
        Files.writeString(Files.createDirectories(directory.resolve("www")).resolve("a.txt"), "a");
        script("a.sh", "printf 'Content-Type: text/plain\\nX-Frame-Options: DENY\\n\\nx'\n");
        script("fails.sh", "exit 1\n");
        try (Server server = plan("""
                security-headers: true
                request-id: true
                response-headers: {X-Everywhere: "yes", X-Here: server}
                routes:
                - {path: /www/**, handler: static, root: www, response-headers: {x-here: route}}
                - {path: /cgi/**, handler: cgi, root: cgi}
                - {path: /secret/**, handler: respond, body: x, deny: [127.0.0.1]}
                """).start()) {
            for (String path : List.of("/www/a.txt", "/www/none", "/cgi/a.sh", "/cgi/fails.sh", "/secret/", "/nowhere")) {
                HttpResponse<byte[]> response = send(server, "GET", path);
                assertThat(field(response, "X-Everywhere")).as(path).isEqualTo("yes");
                assertThat(field(response, "X-Content-Type-Options")).as(path).isEqualTo("nosniff");
                assertThat(field(response, "X-Request-Id")).as(path).matches("[0-9a-f]{32}");
                assertThat(field(response, "X-Here")).as(path).isEqualTo(path.startsWith("/www") ? "route" : "server");
            }
            assertThat(field(send(server, "GET", "/cgi/a.sh"), "X-Frame-Options")).isEqualTo("DENY");
        }
    }

    @Test
    void asksForPasswordsAndTellsScriptsWhoItIs() throws Exception {
        Programs.require("htpasswd", "apache2-utils");
        Path file = directory.resolve("users");
        htpasswd("-cbB", "bea", "päss:wörd");
        htpasswd("-bm", "md5", "apr1");
        htpasswd("-b5", "sha", "sha512");
        script("who.sh", "printf 'Content-Type: text/plain\\n\\n%s %s %s' \"$AUTH_TYPE\" \"$REMOTE_USER\" "
                + "\"$HTTP_AUTHORIZATION\"\n");
        CompiledClasses.compile(directory.resolve("classes"), "Who", """
                import dev.loomgate.handler.*;
                public final class Who implements Handler {
                    public void handle(Request request, Response response) throws Exception {
                        response.out().print(request.variable("REMOTE_USER"));
                    }
                }
                """);
        CompiledClasses.compile(directory.resolve("servlets"), "WhoServlet", """
                import jakarta.servlet.http.*;
                public final class WhoServlet extends HttpServlet {
                    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws java.io.IOException {
                        response.getWriter().print(request.getRemoteUser() + " " + request.getAuthType());
                    }
                }
                """);
        try (Server server = plan("""
                routes:
                - {path: /cgi/**, handler: cgi, root: cgi, basic-auth: {file: users, realm: The "Staff"}}
                - {path: /java, handler: java, class: Who, class-path: classes, basic-auth: {file: users}}
                - {path: /servlet/**, handler: servlet, class: WhoServlet, class-path: servlets, basic-auth: {file: users}}
                """).start()) {
            HttpResponse<byte[]> refused = send(server, "GET", "/cgi/who.sh");
            assertThat(refused.statusCode()).isEqualTo(401);
            assertThat(field(refused, "WWW-Authenticate")).isEqualTo("Basic realm=\"The \\\"Staff\\\"\", charset=\"UTF-8\"");
            assertThat(text(send(server, "GET", "/cgi/who.sh", basic("bea", "päss:wörd")))).isEqualTo("Basic bea ");
            assertThat(text(send(server, "GET", "/java", basic("md5", "apr1")))).isEqualTo("md5");
            assertThat(text(send(server, "GET", "/servlet/", basic("sha", "sha512")))).isEqualTo("sha Basic");
            for (String[] wrong : new String[][] {basic("bea", "x"), basic("nobody", "päss:wörd"), basic("", ""),
                {"Authorization", "Basic %%%"}, {"Authorization", "Bearer x"}, basic("sha", "apr1")}) {
                assertThat(send(server, "GET", "/java", wrong).statusCode()).as(wrong[1]).isEqualTo(401);
            }
            htpasswd("-bB", "bea", "new");
            await().untilAsserted(() -> assertThat(send(server, "GET", "/java", basic("bea", "new")).statusCode()).isEqualTo(200));
            assertThat(send(server, "GET", "/java", basic("bea", "päss:wörd")).statusCode()).isEqualTo(401);
            Files.writeString(file, "bea:plain\n");
            assertThat(send(server, "GET", "/java", basic("bea", "new")).statusCode()).isEqualTo(200);
        }
    }

    private void htpasswd(String options, String user, String password) throws Exception {
        Process process = new ProcessBuilder("htpasswd", options, directory.resolve("users").toString(), user, password)
                .redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes());
        assertThat(process.waitFor()).as(output).isZero();
    }

    private static String[] basic(String user, String password) {
        return new String[] {"Authorization",
            "Basic " + Base64.getEncoder().encodeToString((user + ":" + password).getBytes(StandardCharsets.UTF_8))};
    }

    @Test
    void letsPagesOfOtherOriginsIn() throws Exception {
        Files.writeString(directory.resolve("users"), "a:$apr1$12345678$0123456789012345678901\n");
        try (Server server = plan("""
                routes:
                - path: /api
                  handler: respond
                  body: x
                  methods: [GET, PUT]
                  basic-auth: {file: users}
                  cors: {origins: ["https://app.example", "https://*.sub.example"], methods: [GET, PUT], expose: [X-A],
                         credentials: true, max-age: 1h}
                - {path: /open, handler: respond, body: x, cors: {origins: "*"}}
                """).start()) {
            HttpResponse<byte[]> preflight = send(server, "OPTIONS", "/api", "Origin", "https://app.example",
                    "Access-Control-Request-Method", "PUT", "Access-Control-Request-Headers", "x-b");
            assertThat(preflight.statusCode()).isEqualTo(204);
            assertThat(field(preflight, "Access-Control-Allow-Origin")).isEqualTo("https://app.example");
            assertThat(field(preflight, "Access-Control-Allow-Methods")).isEqualTo("GET, PUT");
            assertThat(field(preflight, "Access-Control-Allow-Headers")).isEqualTo("x-b");
            assertThat(field(preflight, "Access-Control-Allow-Credentials")).isEqualTo("true");
            assertThat(field(preflight, "Access-Control-Max-Age")).isEqualTo("3600");
            assertThat(field(preflight, "Vary")).contains("Origin");
            HttpResponse<byte[]> denied = send(server, "GET", "/api", "Origin", "https://a.b.sub.example");
            assertThat(denied.statusCode()).isEqualTo(401);
            assertThat(field(denied, "Access-Control-Allow-Origin")).isEqualTo("https://a.b.sub.example");
            assertThat(field(denied, "Access-Control-Expose-Headers")).isEqualTo("X-A");
            for (String origin : List.of("https://evil.example", "https://sub.example", "http://app.example", "null",
                    "https://app.example.evil", "https://x/.sub.example")) {
                HttpResponse<byte[]> other = send(server, "OPTIONS", "/api", "Origin", origin,
                        "Access-Control-Request-Method", "PUT");
                assertThat(other.statusCode()).as(origin).isEqualTo(403);
                assertThat(field(other, "Access-Control-Allow-Origin")).as(origin).isEmpty();
            }
            assertThat(field(send(server, "OPTIONS", "/api"), "Allow")).isEqualTo("GET, PUT, OPTIONS");
            assertThat(field(send(server, "GET", "/open", "Origin", "https://x.example"), "Access-Control-Allow-Origin"))
                    .isEqualTo("*");
        }
    }

    @Test
    void compressesWhatIsWorthIt() throws Exception {
        String page = "<p>all work and no play</p>\n".repeat(4_000);
        Path www = Files.createDirectories(directory.resolve("www"));
        Files.writeString(www.resolve("page.html"), page);
        Files.writeString(www.resolve("short.html"), "short");
        Files.writeString(www.resolve("image.png"), page);
        script("page.sh", "printf 'Content-Type: text/html\\nETag: \"a\"\\nSet-Cookie: a=b\\n\\n'; cat " + www + "/page.html\n");
        try (Server server = plan("""
                compress: true
                routes:
                - {path: /www/**, handler: static, root: www}
                - {path: /cgi/**, handler: cgi, root: cgi}
                - {path: /plain/**, handler: static, root: www, compress: false}
                - {path: /private/**, handler: cgi, root: cgi, compress: {private: false}}
                """).start()) {
            String[] gzip = {"Accept-Encoding", "gzip, br"};
            HttpResponse<byte[]> compressed = send(server, "GET", "/www/page.html", gzip);
            assertThat(unzip(compressed)).isEqualTo(page);
            assertThat(compressed.body().length).isLessThan(page.length() / 20);
            assertThat(field(compressed, "Vary")).isEqualTo("Accept-Encoding");
            assertThat(field(compressed, "ETag")).startsWith("W/\"");
            assertThat(field(compressed, "Accept-Ranges")).isEmpty();
            assertThat(send(server, "GET", "/www/page.html", "Accept-Encoding", "gzip", "If-None-Match",
                    field(compressed, "ETag")).statusCode()).isEqualTo(304);
            HttpResponse<byte[]> head = send(server, "HEAD", "/www/page.html", gzip);
            assertThat(field(head, "Content-Encoding")).isEqualTo("gzip");
            assertThat(field(head, "Content-Length")).isEmpty();
            HttpResponse<byte[]> script = send(server, "GET", "/cgi/page.sh", gzip);
            assertThat(unzip(script)).isEqualTo(page);
            assertThat(field(script, "ETag")).isEqualTo("W/\"a\"");

            for (String unwanted : List.of("br", "gzip;q=0", "identity, gzip;q=0.5", "*;q=0", "gzip;q=x")) {
                HttpResponse<byte[]> plain = send(server, "GET", "/www/page.html", "Accept-Encoding", unwanted);
                assertThat(text(plain)).as(unwanted).isEqualTo(page);
                assertThat(field(plain, "Vary")).isEqualTo("Accept-Encoding");
            }
            assertThat(text(send(server, "GET", "/www/short.html", gzip))).isEqualTo("short");
            assertThat(text(send(server, "GET", "/www/image.png", gzip))).isEqualTo(page);
            assertThat(text(send(server, "GET", "/plain/page.html", gzip))).isEqualTo(page);
            assertThat(text(send(server, "GET", "/private/page.sh", gzip))).isEqualTo(page);
            HttpResponse<byte[]> range = send(server, "GET", "/www/page.html", "Accept-Encoding", "gzip", "Range", "bytes=0-1999");
            assertThat(range.statusCode()).isEqualTo(206);
            assertThat(range.body()).hasSize(2_000);
        }
    }

    @Test
    void showsPagesForErrorsAndCausesOnlyInDevelopment() throws Exception {
        Files.writeString(directory.resolve("404.html"), "<h1>{{status}} {{reason}}</h1>{{request-id}}");
        script("fails.sh", "exit 1\n");
        script("own.sh", "printf 'Status: 404 No\\nContent-Type: text/plain\\n\\nown'\n");
        CompiledClasses.compile(directory.resolve("classes"), "Fails", """
                public final class Fails implements dev.loomgate.handler.Handler {
                    public void handle(dev.loomgate.handler.Request request, dev.loomgate.handler.Response response) {
                        throw new IllegalStateException("database <b> is away");
                    }
                }
                """);
        String routes = """
                routes:
                - {path: /cgi/**, handler: cgi, root: cgi}
                - {path: /java, handler: java, class: Fails, class-path: classes}
                """;
        try (Server server = plan("error-pages: {pages: {404: 404.html}}\n" + routes).start()) {
            HttpResponse<byte[]> missing = send(server, "GET", "/nowhere");
            assertThat(missing.statusCode()).isEqualTo(404);
            assertThat(text(missing)).isEqualTo("<h1>404 Not Found</h1>" + field(missing, "X-Request-Id"));
            assertThat(text(send(server, "GET", "/cgi/own.sh"))).isEqualTo("own");
            assertThat(text(send(server, "GET", "/java"))).doesNotContain("database").contains("500");
        }
        try (Server server = plan("error-pages: {development: true}\n" + routes).start()) {
            HttpResponse<byte[]> failed = send(server, "GET", "/java", "Accept", "text/html");
            assertThat(failed.statusCode()).isEqualTo(500);
            assertThat(text(failed)).contains("database &lt;b&gt; is away").contains("Fails.handle").contains("<h1>")
                    .contains(field(failed, "X-Request-Id"));
            assertThat(text(send(server, "GET", "/cgi/fails.sh"))).startsWith("502 Bad Gateway").contains("fails.sh");
            // whom a proxy on this machine speaks for is not on it
            assertThat(text(send(server, "GET", "/java", "X-Forwarded-For", "192.0.2.1"))).isEqualTo("Internal Server Error\n");
            assertThat(text(send(server, "GET", "/java", "Via", "1.1 proxy"))).doesNotContain("database");
        }
        String proxied = "guard: {trusted-proxies: [127.0.0.1], forwarded-field: Forwarded}\n" + routes;
        try (Server server = plan("error-pages: {development: true}\n" + proxied).start()) {
            assertThat(text(send(server, "GET", "/java", "Forwarded", "for=192.0.2.1"))).doesNotContain("database");
        }
        try (Server server = plan("error-pages: {development: everyone}\n" + proxied).start()) {
            assertThat(text(send(server, "GET", "/java", "Forwarded", "for=192.0.2.1"))).contains("database");
        }
    }

    @Test
    void tellsEveryMistakeOfTheConfiguration() throws Exception {
        Files.writeString(directory.resolve("plain"), "bob:secret\n");
        assertThatThrownBy(() -> plan("""
                compress: {types: [TEXT], levle: 3}
                error-pages: {pages: {200: x.html}, development: all}
                response-headers: {Content-Length: "5"}
                routes:
                - path: /
                  handler: respond
                  basic-auth: {file: plain}
                  cors: {origins: ["*"], credentials: true}
                """)).isInstanceOf(ConfigurationException.class).hasMessageContaining("compress.levle")
                .hasMessageContaining("did you mean 'level'").hasMessageContaining("x.html is no file")
                .hasMessageContaining("Content-Length").hasMessageContaining("make it anew with 'htpasswd -B")
                .hasMessageContaining("name the origins").hasMessageContaining("false and everyone are allowed")
                .hasMessageNotContaining("secret");
    }
}
