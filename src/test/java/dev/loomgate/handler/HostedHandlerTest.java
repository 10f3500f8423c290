package dev.loomgate.handler;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.not;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import dev.loomgate.testing.RawClient;
import dev.loomgate.testing.TestServer;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.HttpRouting;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HostedHandlerTest {
    private static final String FORM = "application/x-www-form-urlencoded";

    private TestServer server;

    @AfterEach
    void stop() {
        if (server != null) {
            server.close();
        }
    }

    private TestServer serve(Handler handler) {
        return serve(handler, FormSettings.DEFAULTS);
    }

    private TestServer serve(Handler handler, FormSettings formSettings) {
        stop();
        var hosted = HostedHandler.start(handler, "/pets", Map.of(), formSettings);
        server = TestServer.start(HttpRouting.builder().any("/pets", hosted).any("/pets/*", hosted));
        return server;
    }

    @Test
    void sendsASmallResponseWholeWithItsLengthAndCharset() throws IOException {
        serve((request, response) -> {
            response.contentType("text/html");
            response.out().print("<p>Grüße");
            response.out().close();
        });
        try (var client = RawClient.connect(server.port())) {
            var answer = client.send("GET /pets HTTP/1.1\r\nHost: a\r\n\r\n").readResponse();
            assertThat(answer.header("Content-Length")).contains("10");
            assertThat(answer.header("Content-Type")).contains("text/html; charset=utf-8");
            assertThat(answer.body()).isEqualTo("<p>Gr\u00c3\u00bc\u00c3\u009fe");
        }
    }

    @Test
    void writesTheCharsetThatTheContentTypeNames() {
        serve((request, response) -> {
            response.contentType("text/plain; charset=\"ISO-8859-1\"");
            response.out().print("Grüße");
        });
        byte[] body = given().get(server.uri("/pets")).asByteArray();
        assertThat(body).isEqualTo("Grüße".getBytes(StandardCharsets.ISO_8859_1));
    }

    @Test
    void writesTheLastBytesOfAStatefulCharset() {
        serve((request, response) -> {
            response.contentType("text/plain; charset=iso-2022-jp");
            response.out().print("猫");
        });
        byte[] body = given().get(server.uri("/pets")).asByteArray();
        assertThat(new String(body, StandardCharsets.ISO_8859_1)).endsWith("\u001b(B");
    }

    @Test
    void splitsThePathAtTheMount() {
        serve((request, response) -> response.out().print(String.join("|", request.path(), request.scriptName(),
                request.pathInfo(), request.requestUri(), request.queryString(), request.method())));
        given().urlEncodingEnabled(false).get(server.uri("/pets/7%20a?x=%41"))
                .then().body(equalTo("/pets/7 a|/pets|/7 a|/pets/7%20a?x=%41|x=%41|GET"));
        given().get(server.uri("/pets")).then().body(equalTo("/pets|/pets||/pets||GET"));
    }

    @Test
    void givesAHandlerAtTheRootAnEmptyScriptName() {
        Handler handler = (request, response) -> response.out().print(request.scriptName() + "|" + request.pathInfo());
        server = TestServer.start(HttpRouting.builder().any(HostedHandler.start(handler, "/", Map.of())));
        given().get(server.uri("/a/b")).then().body(equalTo("|/a/b"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"/pets/%2e%2e/secret", "/pets/%00", "/pets/a%2f..%2fb"})
    void showsAHandlerNoEncodedWayOutOfThePath(String path) throws IOException {
        serve((request, response) -> response.out().print("reached " + request.pathInfo()));
        try (var client = RawClient.connect(server.port())) {
            var answer = client.send("GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n").readResponse();
            // resolved before it is routed, or refused
            assertThat(answer.status() + " " + answer.body()).doesNotContain("..", "\0").containsPattern("^40[04]|reached /b$");
        }
    }

    private RawClient.Response postForm(String target, String type, String form) throws IOException {
        try (var client = RawClient.connect(server.port())) {
            return client.send("POST " + target + " HTTP/1.1\r\nHost: a\r\nContent-Type: " + type + "\r\nContent-Length: "
                    + form.length() + "\r\n\r\n" + form).readResponse();
        }
    }

    @Test
    void joinsTheParametersOfQueryAndForm() throws IOException {
        serve((request, response) -> response.out().print(request.parameters() + " " + request.parameter("none")
                + " " + request.parameter("name") + " " + request.parameters("none")));
        assertThat(postForm("/pets?name=Mimi&b=1", FORM, "name=B%C3%A4r&toy=+ball&empty=&flag").body())
                .isEqualTo("{name=[Mimi, B\u00c3\u00a4r], b=[1], toy=[ ball], empty=[], flag=[]} null Mimi []");
    }

    @Test
    void decodesAFormInTheCharsetItNames() throws IOException {
        serve((request, response) -> response.out().print(request.parameter("name")));
        assertThat(postForm("/pets", FORM + "; charset=ISO-8859-1", "name=B%E4r").body()).isEqualTo("B\u00c3\u00a4r");
        var unknown = postForm("/pets", FORM + "; charset=klingon", "name=B%E4r");
        assertThat(unknown.status()).isEqualTo(415);
        assertThat(unknown.body()).contains("klingon");
    }

    @Test
    void decodesFormsOfOldPagesInTheCharsetOfTheSettings() {
        serve((request, response) -> response.out().print(request.parameter("name")),
                new FormSettings(100, 10, StandardCharsets.ISO_8859_1));
        given().urlEncodingEnabled(false).get(server.uri("/pets?name=B%E4r")).then().body(equalTo("Bär"));
    }

    @Test
    void boundsTheFormInBytesAndParameters() {
        serve((request, response) -> response.out().print(request.parameters().size()),
                new FormSettings(20, 3, StandardCharsets.UTF_8));
        given().header("Content-Type", FORM).body("a=1&b=2&c=3456789012").post(server.uri("/pets")).then().body(equalTo("3"));
        given().header("Content-Type", FORM).body("a=1&b=2&c=34567890123").post(server.uri("/pets"))
                .then().statusCode(413).body(containsString("20 bytes"));
        given().header("Content-Type", FORM).body("a&b&c").post(server.uri("/pets?d"))
                .then().statusCode(400).body(containsString("More than 3 parameters"));
    }

    @Test
    void boundsAFormThatComesInChunks() throws IOException {
        serve((request, response) -> response.out().print(request.parameter("a")), 
                new FormSettings(4, 3, StandardCharsets.UTF_8));
        String head = "POST /pets HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
                + "Content-Type: " + FORM + "\r\n\r\n";
        try (var client = RawClient.connect(server.port())) {
            assertThat(client.send(head + "4\r\na=12\r\n0\r\n\r\n").readResponse().body()).isEqualTo("12");
            assertThat(client.send(head + "5\r\na=123\r\n0\r\n\r\n").readResponse().status()).isEqualTo(413);
        }
    }

    @Test
    void tellsTheLengthOfAFormThatComesInChunks() throws IOException {
        serve((request, response) -> {
            int length = Integer.parseInt(request.variable("CONTENT_LENGTH"));
            response.out().print(new String(request.body().readNBytes(length), StandardCharsets.UTF_8));
        });
        try (var client = RawClient.connect(server.port())) {
            client.send("POST /pets HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Type: " + FORM
                    + "\r\n\r\n3\r\na=1\r\n2\r\n23\r\n0\r\n\r\n");
            assertThat(client.readResponse().body()).isEqualTo("a=123");
        }
    }

    @Test
    void givesTheBodyOfAFormAgainAfterItsParameters() {
        serve((request, response) -> {
            String name = request.parameter("name");
            response.out().print(name + " " + new String(request.body().readAllBytes(), StandardCharsets.UTF_8));
        });
        given().header("Content-Type", FORM).body("name=Mimi")
                .post(server.uri("/pets")).then().body(equalTo("Mimi name=Mimi"));
    }

    @Test
    void readsTheBodyAsTextInItsCharset() {
        serve((request, response) -> response.out().print(request.in().readLine() + " " + request.parameter("id")));
        given().header("Content-Type", "text/plain; charset=ISO-8859-1").body("Bär\n".getBytes(StandardCharsets.ISO_8859_1))
                .post(server.uri("/pets?id=3")).then().body(equalTo("Bär 3"));
    }

    @Test
    void answersLikeTheEnvironmentOfACgiProgram() {
        serve((request, response) -> response.out().print(String.join("|", request.variable("REQUEST_METHOD"),
                request.variable("QUERY_STRING"), request.variable("PATH_INFO"), request.variable("SCRIPT_NAME"),
                request.variable("CONTENT_LENGTH"), request.variable("CONTENT_TYPE"), request.variable("SERVER_PROTOCOL"),
                request.variable("HTTP_X_TOY"), request.variable("REMOTE_ADDR"), request.variable("GATEWAY_INTERFACE"))
                + "|" + request.variable("HTTP_PROXY") + request.variable("HTTP_AUTHORIZATION") + request.variable("HOME")
                + request.variable("HTTP_CONTENT_TYPE") + request.variable("HTTP_X_FORGED")));
        given().header("X-Toy", "ball").header("Proxy", "evil:80").header("Authorization", "Basic eA==").header("X_Forged", "1")
                .contentType("text/plain").body("12345").post(server.uri("/pets/a?b=c"))
                .then().body(equalTo("POST|b=c|/a|/pets|5|text/plain; charset=ISO-8859-1|HTTP/1.1|ball|127.0.0.1|CGI/1.1"
                        + "|nullnullnullnullnull"));
    }

    @Test
    void readsHeadersAndCookies() {
        serve((request, response) -> response.out().print(request.header("x-toy") + request.headers("X-Toy")
                + request.header("X-No") + request.headers("X-No") + request.cookies() + request.cookie("b") + request.serverName()));
        given().header("X-Toy", "ball").header("Cookie", "a=1; b=\"two\"; a=3; junk")
                .get(server.uri("/pets")).then().body(equalTo("ball[ball]null[]{a=1, b=two}two127.0.0.1"));
    }

    @Test
    void setsCookiesAndRepeatedFields() throws IOException {
        serve((request, response) -> {
            response.cookie("a", "1").cookie(Cookie.of("b", "2").secure(true).maxAge(Duration.ofMinutes(1)));
            response.header("X-A", "1").header("x-a", "2").addHeader("X-A", "3").status(201);
        });
        try (var client = RawClient.connect(server.port())) {
            var answer = client.send("GET /pets HTTP/1.1\r\nHost: a\r\n\r\n").readResponse();
            assertThat(answer.status()).isEqualTo(201);
            assertThat(answer.headers()).filteredOn(f -> f.name().equalsIgnoreCase("Set-Cookie"))
                    .extracting(RawClient.Field::value).containsExactly("a=1; Path=/; HttpOnly; SameSite=Lax",
                            "b=2; Path=/; Max-Age=60; Secure; HttpOnly; SameSite=Lax");
            assertThat(String.join(",", answer.headers().stream().filter(f -> f.name().equalsIgnoreCase("X-A"))
                    .map(RawClient.Field::value).toList()).replace(" ", "")).isEqualTo("2,3");
        }
    }

    @Test
    void redirectsWith303AfterAPostAnd302Otherwise() {
        serve((request, response) -> {
            response.contentType("text/html").out().print("dropped");
            response.redirect("/pets?q=Bär cat");
            response.out().print("dropped too");
        });
        given().redirects().follow(false).post(server.uri("/pets"))
                .then().statusCode(303).header("Location", "/pets?q=B%C3%A4r%20cat")
                .header("Content-Length", "0").body(equalTo(""));
        given().redirects().follow(false).get(server.uri("/pets")).then().statusCode(302);
    }

    @Test
    void answersHeadWithTheLengthOfGet() throws IOException {
        serve((request, response) -> response.out().print("x".repeat(100_000)));
        try (var client = RawClient.connect(server.port())) {
            var head = client.send("HEAD /pets HTTP/1.1\r\nHost: a\r\n\r\n").readHead();
            assertThat(head.header("Content-Length")).contains("100000");
            assertThat(client.send("GET /pets HTTP/1.1\r\nHost: a\r\n\r\n").readResponse().body()).hasSize(100_000);
        }
    }

    @Test
    void answersWithoutContentWhereTheStatusHasNone() throws IOException {
        serve((request, response) -> {
            response.status(304).header("ETag", "\"1\"");
            response.out().print("ignored");
            response.flush();
        });
        try (var client = RawClient.connect(server.port())) {
            assertThat(client.send("GET /pets HTTP/1.1\r\nHost: a\r\n\r\n").readResponse().status()).isEqualTo(304);
            assertThat(client.send("GET /pets HTTP/1.1\r\nHost: a\r\n\r\n").readResponse().header("ETag")).contains("\"1\"");
        }
    }

    @Test
    void streamsALargeResponse() {
        serve((request, response) -> {
            for (int i = 0; i < 200_000; i++) {
                response.out().println("line " + i);
            }
        });
        String body = given().get(server.uri("/pets")).asString();
        assertThat(body).startsWith("line 0\n").endsWith("line 199999\n");
        assertThat(body.lines().count()).isEqualTo(200_000);
    }

    @Test
    void sendsAFlushedPartAtOnce() throws Exception {
        var firstPartSeen = new CompletableFuture<Void>();
        serve((request, response) -> {
            response.out().println("first");
            response.out().println("more");
            response.out().flush();
            firstPartSeen.get(10, TimeUnit.SECONDS);
            response.out().println("last");
            assertThat(response.committed()).isTrue();
        });
        try (var client = RawClient.connect(server.port())) {
            client.send("GET /pets HTTP/1.1\r\nHost: a\r\n\r\n");
            while (!client.readLine().equals("first")) {
                // status and header
            }
            firstPartSeen.complete(null);
            while (!client.readLine().equals("last")) {
                // the rest of it
            }
        }
    }

    @Test
    void answers500WithoutTheHalfDoneResponseAndKeepsTheConnection() throws IOException {
        serve((request, response) -> {
            response.status(201).header("X-Half", "done").out().print("secret half");
            throw new IOException("database password wrong");
        });
        try (var client = RawClient.connect(server.port())) {
            for (int i = 0; i < 2; i++) {
                var answer = client.send("GET /pets HTTP/1.1\r\nHost: a\r\n\r\n").readResponse();
                assertThat(answer.status()).isEqualTo(500);
                assertThat(answer.header("X-Half")).isEmpty();
                assertThat(answer.body()).doesNotContain("secret", "password").contains("log");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void breaksTheConnectionOffWhenTheResponseHasBegun(boolean flushed) throws IOException {
        serve((request, response) -> {
            response.out().print("x".repeat(flushed ? 10 : 50_000));
            if (flushed) {
                response.flush();
            }
            throw new IllegalStateException("too late");
        });
        try (var client = RawClient.connect(server.port())) {
            client.send("GET /pets HTTP/1.1\r\nHost: a\r\n\r\n");
            // neither a last chunk nor a keep-alive connection: the client must not take the fragment for the whole
            assertThatThrownBy(client::readResponse).isInstanceOf(IOException.class);
        }
    }

    @Test
    void breaksTheConnectionOffWhenFewerBytesComeThanPromised() throws IOException {
        serve((request, response) -> {
            response.contentLength(60_000).outputStream().write(new byte[50_000]);
        });
        try (var client = RawClient.connect(server.port())) {
            client.send("GET /pets HTTP/1.1\r\nHost: a\r\n\r\n");
            assertThatThrownBy(client::readResponse).isInstanceOf(IOException.class);
        }
    }

    @Test
    void correctsAWrongLengthOfASmallResponse() {
        serve((request, response) -> response.contentLength(5).out().print("Grüße"));
        given().get(server.uri("/pets")).then().header("Content-Length", "7").body(equalTo("Grüße"));
    }

    @Test
    void answersARefusalWithItsStatus() {
        serve((request, response) -> {
            response.out().print("half");
            throw new Refusal(404, "There is no pet 7");
        });
        given().get(server.uri("/pets")).then().statusCode(404).body(equalTo("404 There is no pet 7\n"))
                .header("Content-Type", "text/plain; charset=utf-8").body(not(containsString("half")));
    }

    @Test
    void endsAHandlerWhoseClientHasLeft() throws Exception {
        var failure = new CompletableFuture<Throwable>();
        serve((request, response) -> {
            try {
                while (true) {
                    response.out().println("still writing");
                }
            } catch (RuntimeException e) {
                failure.complete(e);
                throw e;
            }
        });
        try (var client = RawClient.connect(server.port())) {
            client.send("GET /pets HTTP/1.1\r\nHost: a\r\n\r\n").readLine();
        }
        assertThat(failure.get(10, TimeUnit.SECONDS)).satisfiesAnyOf(
                e -> assertThat(e).isInstanceOf(UncheckedIOException.class),
                e -> assertThat(e).isInstanceOf(CloseConnectionException.class));
    }

    @Test
    void failsTheReadingOfABodyWhoseClientHasLeft() throws Exception {
        var failure = new CompletableFuture<Throwable>();
        serve((request, response) -> {
            try {
                request.body().readAllBytes();
                failure.complete(new AssertionError("half a body passed for a whole one"));
            } catch (IOException e) {
                failure.complete(e);
                throw e;
            }
        });
        try (var client = RawClient.connect(server.port())) {
            client.send("POST /pets HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhalf");
        }
        assertThat(failure.get(10, TimeUnit.SECONDS)).isInstanceOf(IOException.class).hasMessageContaining("client left");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a\r\nSet-Cookie: forged=1", "a\nb", "a\0b"})
    void neverWritesALineEndIntoAField(String value) {
        serve((request, response) -> response.header("X-Echo", value));
        given().get(server.uri("/pets")).then().statusCode(500).header("Set-Cookie", (String) null);
        serve((request, response) -> response.redirect(value));
        given().redirects().follow(false).get(server.uri("/pets")).then().statusCode(500);
        serve((request, response) -> response.contentType(value));
        given().get(server.uri("/pets")).then().statusCode(500);
    }

    @Test
    void saysWhatWasUsedInTheWrongOrder() throws Exception {
        var thrown = new CompletableFuture<String>();
        serve((request, response) -> {
            response.out().print("x");
            assertThatThrownBy(response::outputStream).hasMessageContaining("out() was called before outputStream()");
            assertThatThrownBy(() -> response.contentType("text/plain; charset=utf-16"))
                    .hasMessageContaining("before the first out()");
            response.flush();
            assertThatThrownBy(() -> response.status(404)).hasMessageContaining("Too late to set the status");
            request.in();
            assertThatThrownBy(request::body).hasMessageContaining("in() was called before body()");
            thrown.complete("all");
        });
        given().post(server.uri("/pets"));
        assertThat(thrown.get(10, TimeUnit.SECONDS)).isEqualTo("all");
    }

    @Test
    void startsAndClosesTheHandlerOnce() {
        var log = new StringBuffer();
        Handler handler = new Handler() {
            @Override
            public void init(Map<String, String> settings) {
                log.append("init").append(settings);
            }

            @Override
            public void handle(Request request, Response response) {
                log.append(" handle");
            }

            @Override
            public void close() throws IOException {
                log.append(" close");
                throw new IOException("logged, not thrown");
            }
        };
        var hosted = HostedHandler.start(handler, "/pets", Map.of("data", "x"));
        hosted.close();
        hosted.afterStop();
        assertThat(log).hasToString("init{data=x} close");
        assertThatThrownBy(() -> HostedHandler.start(handler, "pets", Map.of())).hasMessageContaining("must begin with /");
    }

    @Test
    void namesTheHandlerThatCantStart() {
        Handler handler = new Handler() {
            @Override
            public void init(Map<String, String> settings) {
                throw new IllegalArgumentException("setting 'data' is missing");
            }

            @Override
            public void handle(Request request, Response response) {
                throw new AssertionError("not reached");
            }
        };
        assertThatThrownBy(() -> HostedHandler.start(handler, "/pets", Map.of("dta", "x")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(handler.getClass().getName()).hasMessageContaining("setting 'data' is missing")
                .hasMessageContaining("dta");
    }

    /** As when a jar is missing. */
    @Test
    void namesTheHandlerThatLacksAClass() {
        Handler handler = new Handler() {
            @Override
            public void init(Map<String, String> settings) {
                throw new NoClassDefFoundError("org/old/Library");
            }

            @Override
            public void handle(Request request, Response response) {
                throw new AssertionError("not reached");
            }
        };
        assertThatThrownBy(() -> HostedHandler.start(handler, "/pets", Map.of())).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("NoClassDefFoundError: org/old/Library");
    }
}
