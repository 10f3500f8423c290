package dev.loomgate.route;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;

import dev.loomgate.testing.RawClient;
import dev.loomgate.testing.TestServer;
import io.helidon.http.Status;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.HttpService;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RoutesTest {
    private static TestServer server;

    @BeforeAll
    static void start() {
        HttpService pets = rules -> rules
                .get("/", says("pets"))
                .post("/", says("added"))
                .get("/{id}", (req, res) -> res.send("pet " + req.path().pathParameters().get("id")))
                .get("/pass", (req, res) -> res.next())
                .register("/{id}/toys", below -> below.get("/{toy}", (req, res) -> res.send(
                        req.path().pathParameters().get("id") + "'s " + req.path().pathParameters().get("toy"))));
        server = TestServer.start(Routes.of(
                Route.to("/**", says("all")),
                Route.to("*.php", says("php")),
                Route.to("/hello", says("hello")),
                Route.to("/private/**", says("private")),
                Route.to("/uploads/**", says("uploads")),
                Route.to("/uploads/**/*.cgi", says("uploaded cgi")),
                Route.to("/read/**", says("read")).forMethods("GET"),
                Route.to("/form", says("shown")).forMethods("GET"),
                Route.to("/form", says("sent")).forMethods("POST"),
                Route.to("/form", says("else")),
                Route.to("/hello", says("vhost hello")).forHosts("one.example"),
                Route.to("/**", says("vhost")).forHosts("one.example", "two.example"),
                Route.to("/**", says("below")).forHosts("*.two.example"),
                Route.to("/**", says("deep below")).forHosts("*.deep.two.example"),
                Route.to("/api/pets/**", pets),
                Route.to("/passing/**", (req, res) -> res.next()),
                Route.to("/passing/x", (req, res) -> res.next()),
                Route.to("/rerouted", (req, res) -> res.reroute("/x/../private/y")),
                Route.to("/failing", (req, res) -> {
                    throw new IllegalStateException("on purpose");
                }),
                Route.to("/path/**", (req, res) -> res.send(req.path().path() + " " + req.prologue().uriPath().path() + " "
                        + req.prologue().uriPath().rawPath() + " " + req.query().rawValue())))
                .register(HttpRouting.builder().error(IllegalStateException.class,
                        (req, res, e) -> res.status(Status.CONFLICT_409).send(e.getMessage()))));
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static Handler says(String what) {
        return (req, res) -> res.send(what);
    }

    private static RawClient.Response ask(String method, String path, String host) throws IOException {
        try (var client = RawClient.connect(server.port())) {
            client.send(method + " " + path + " HTTP/1.1\r\nHost: " + host + "\r\nContent-Length: 0\r\n\r\n");
            return method.equals("HEAD") ? client.readHead() : client.readResponse();
        }
    }

    @ParameterizedTest(name = "{0} goes to {1}")
    @CsvSource({
        "/, all", "/x, all", "/hello, hello", "/hello/, all", "/helloo, all",
        "/a.php, php", "/x/a.php, php", "/uploads/a.php, uploads", "/uploads/x/a.cgi, uploaded cgi", "/uploads, uploads",
        "/private, private", "/private/a, private",
        "/passing/x, all",
        "/rerouted, private",
    })
    void takesTheMostSpecificPath(String path, String answer) throws IOException {
        assertThat(ask("GET", path, "x").body()).isEqualTo(answer);
    }

    @ParameterizedTest(name = "{0} is {1}")
    @CsvSource({
        "//private/a, private", "/x/../private/a, private", "/x/%2e%2e/private/a, private", "/%70rivate/a, private",
        "/private%2fa, private", "/./private/a, private", "/private/../hello, hello", "/private/..;/hello, private",
        "/private;x/a, all", "/x//..//private, private", "/a.ph%70, php",
    })
    void isNotFooledByAnotherSpelling(String path, String answer) throws IOException {
        assertThat(ask("GET", path, "x").body()).isEqualTo(answer);
    }

    @ParameterizedTest
    @CsvSource({"/../private", "/%zz", "/a%00", "/x/%2e%2e/%2e%2e/"})
    void answersAPathWithoutCanonicalFormWith400(String path) throws IOException {
        assertThat(ask("GET", path, "x").status()).isEqualTo(400);
    }

    @ParameterizedTest(name = "{1} at {0} goes to {2}")
    @CsvSource({
        "one.example, /hello, vhost hello", "ONE.example:81, /hello, vhost hello", "one.example., /x, vhost",
        "one.example, /private/a, vhost", "two.example, /hello, vhost", "a.two.example, /, below",
        "a.b.two.example, /, below", "deep.two.example, /, below", "x.deep.two.example, /, deep below",
        "three.example, /hello, hello", "xtwo.example, /hello, hello",
    })
    void takesTheMostSpecificHostBeforeThePath(String host, String path, String answer) throws IOException {
        assertThat(ask("GET", path, host).body()).isEqualTo(answer);
    }

    @Test
    void fallsBackToRoutesOfAnyHostForWhatAHostDoesNotTake() throws IOException {
        try (var other = TestServer.start(Routes.of(Route.to("/only", says("host's")).forHosts("one.example"),
                Route.to("/**", says("anyone's"))).register(HttpRouting.builder()));
             var client = RawClient.connect(other.port())) {
            client.send("GET /x HTTP/1.1\r\nHost: one.example\r\n\r\nGET /only HTTP/1.1\r\nHost: one.example\r\n\r\n");
            assertThat(client.readResponse().body()).isEqualTo("anyone's");
            assertThat(client.readResponse().body()).isEqualTo("host's");
        }
    }

    @Test
    void separatesRoutesOfOnePathByMethod() throws IOException {
        assertThat(ask("GET", "/form", "x").body()).isEqualTo("shown");
        assertThat(ask("POST", "/form", "x").body()).isEqualTo("sent");
        assertThat(ask("PUT", "/form", "x").body()).isEqualTo("else");
    }

    @Test
    void answersAnotherMethodWith405AndWhatIsAllowed() throws IOException {
        RawClient.Response refused = ask("POST", "/read/x", "x");
        assertThat(refused.status()).isEqualTo(405);
        assertThat(refused.header("Allow")).contains("GET, HEAD, OPTIONS");

        RawClient.Response options = ask("OPTIONS", "/read/x", "x");
        assertThat(options.status()).isEqualTo(204);
        assertThat(options.header("Allow")).contains("GET, HEAD, OPTIONS");

        assertThat(ask("HEAD", "/read/x", "x").status()).isEqualTo(200);
    }

    @Test
    void servesHelidonServicesBelowTheirDirectory() throws IOException {
        assertThat(ask("GET", "/api/pets", "x").body()).isEqualTo("pets");
        assertThat(ask("GET", "/api/pets/", "x").body()).isEqualTo("pets");
        assertThat(ask("POST", "/api/pets", "x").body()).isEqualTo("added");
        assertThat(ask("GET", "/api/pets/7", "x").body()).isEqualTo("pet 7");
        assertThat(ask("GET", "/api/pets/7/toys/ball", "x").body()).isEqualTo("7's ball");
        assertThat(ask("HEAD", "/api/pets/7", "x").status()).isEqualTo(200);
    }

    @Test
    void answersForWhatAServiceDoesNotTake() throws IOException {
        assertThat(ask("GET", "/api/pets/7/unknown", "x").body()).isEqualTo("all");
        RawClient.Response refused = ask("DELETE", "/api/pets", "x");
        assertThat(refused.status()).isEqualTo(405);
        assertThat(refused.header("Allow")).contains("GET, HEAD, POST, OPTIONS");
        assertThat(ask("OPTIONS", "/api/pets/7", "x").header("Allow")).contains("GET, HEAD, OPTIONS");
    }

    @Test
    void showsHandlersTheCanonicalPathAndWhatWasSent() throws IOException {
        assertThat(ask("GET", "/path/a%20b/c.d?q=%20", "x").body())
                .isEqualTo("/path/a b/c.d /path/a b/c.d /path/a%20b/c.d q=%20");
        assertThat(ask("GET", "/path/a%20b/../c.d", "x").body()).isEqualTo("/path/c.d /path/c.d /path/c.d ");
        assertThat(ask("GET", "/path/plain", "x").body()).isEqualTo("/path/plain /path/plain /path/plain ");
    }

    @Test
    void leavesErrorsToHelidonsErrorHandlers() throws IOException {
        RawClient.Response failed = ask("GET", "/failing", "x");
        assertThat(failed.status()).isEqualTo(409);
        assertThat(failed.body()).isEqualTo("on purpose");
    }

    @Test
    void answers404WhereNoRouteIs() throws IOException {
        try (var other = TestServer.start(Routes.of(Route.to("/only", says("x"))).register(HttpRouting.builder()));
             var client = RawClient.connect(other.port())) {
            client.send("GET /x HTTP/1.1\r\nHost: x\r\n\r\n");
            assertThat(client.readResponse().status()).isEqualTo(404);
        }
    }
}
