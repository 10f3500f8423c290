package dev.loomgate.http1;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.is;

import java.io.FilterInputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;

import dev.loomgate.testing.RawClient;
import dev.loomgate.testing.TestServer;
import io.helidon.http.BadRequestException;
import io.helidon.http.ForbiddenException;
import io.helidon.http.HeaderNames;
import io.helidon.http.HttpException;
import io.helidon.http.InternalServerException;
import io.helidon.http.SetCookie;
import io.helidon.http.Status;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.restassured.specification.RequestSpecification;
import jakarta.json.Json;
import jakarta.json.JsonException;
import jakarta.json.JsonObject;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Helidon's programming model on our wire: routing, media, filters and errors behave as on Helidon's own listener. */
class HelidonModelTest {
    @TempDir
    private Path directory;
    private final List<String> events = new CopyOnWriteArrayList<>();
    private TestServer server;

    @BeforeEach
    void start() throws IOException {
        Path file = Files.writeString(directory.resolve("page.html"), "<p>page</p>");
        server = TestServer.start(HttpRouting.builder()
                .addFilter((chain, request, response) -> {
                    response.header("X-Filter", "before " + request.path().path());
                    request.context().register("from the filter");
                    chain.proceed();
                    events.add("filtered " + response.status().code());
                })
                .register("/pets", new Pets())
                .any("/context", (request, response) -> response.send(request.context().get(String.class).orElse("none")))
                .get("/params/{name}/x/{+rest}", (request, response) -> response.send(
                        request.path().pathParameters().get("name") + "|" + request.path().pathParameters().get("rest")))
                .get("/matrix", (request, response) -> response.send(request.path().matrixParameters().get("a")))
                .get("/query", (request, response) -> response.send(String.join("|", request.query().all("q")) + " "
                        + request.query().first("missing").orElse("none")))
                .get("/cookies", (request, response) -> {
                    response.headers().addCookie(SetCookie.create("set", "this"));
                    response.headers().addCookie(SetCookie.builder("and", "that").httpOnly(true).build());
                    response.send(request.headers().cookies().get("a") + request.headers().cookies().get("b"));
                })
                .get("/uri", (request, response) -> response.send(request.requestedUri().toUri().toString()))
                .get("/reroute", (request, response) -> response.reroute("/context"))
                .get("/next", (request, response) -> {
                    response.header("X-First", "yes");
                    response.next();
                }, (request, response) -> response.send("second"))
                .post("/upper", (request, response) -> {
                    request.streamFilter(UpperCase::new);
                    response.streamFilter(Doubling::new);
                    response.beforeSend(() -> {
                        events.add("before send");
                        response.header("X-Before", "sent");
                    });
                    response.whenSent(() -> events.add("when sent " + response.isSent()));
                    response.send(request.content().as(String.class));
                })
                .get("/string", (request, response) -> response.send("\u00e4\u20ac"))
                .get("/path", (request, response) -> response.send(file))
                .get("/unknown", (request, response) -> response.send(new StringBuilder("no writer for this")))
                .post("/buffered", (request, response) -> {
                    request.content().buffer();
                    response.send(request.content().as(String.class) + request.content().as(String.class));
                })
                .get("/error/{kind}", (request, response) -> {
                    Throwable thrown = switch (request.path().pathParameters().get("kind")) {
                        case "http" -> new HttpException("told to the client", Status.CONFLICT_409);
                        case "forbidden" -> new ForbiddenException("not <you>");
                        case "bad" -> new BadRequestException("bad because");
                        case "internal" -> new InternalServerException("secret", new IOException("more secret"));
                        case "500" -> new HttpException("secret", Status.INTERNAL_SERVER_ERROR_500);
                        case "503" -> new HttpException("back at noon", Status.SERVICE_UNAVAILABLE_503);
                        case "known" -> new UnsupportedOperationException("known");
                        case "handler" -> new ArithmeticException("its handler fails");
                        case "error" -> new AssertionError("secret");
                        default -> new IllegalStateException("secret");
                    };
                    HelidonModelTest.<RuntimeException>raise(thrown);
                })
                .error(UnsupportedOperationException.class, (request, response, e) ->
                        response.status(Status.NOT_IMPLEMENTED_501).send("handled: " + e.getMessage()))
                .error(JsonException.class, (request, response, e) ->
                        response.status(Status.BAD_REQUEST_400).send("not JSON"))
                .error(ArithmeticException.class, (request, response, e) -> {
                    throw new IllegalArgumentException("secret of the handler");
                }));
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @SuppressWarnings("unchecked")
    private static <T extends Throwable> void raise(Throwable thrown) throws T {
        throw (T) thrown;
    }

    private RequestSpecification client() {
        return given().baseUri("http://127.0.0.1").port(server.port());
    }

    @Test
    void readsAndWritesJson() {
        client().contentType("application/json").body("{\"name\":\"Rex\",\"age\":3}").post("/pets").then()
                .statusCode(201).contentType("application/json").body("name", equalTo("Rex")).body("id", is(7));
        client().contentType("application/json").body("{\"name\":").post("/pets").then()
                .statusCode(400).body(containsString("not JSON"));
    }

    @Test
    void routesToServicesAndParameters() throws IOException {
        client().get("/pets/12").then().statusCode(200).body(equalTo("pet 12"));
        client().urlEncodingEnabled(false).get("/params/a%20b/x/c/d%C3%A4").then().body(equalTo("a b|c/d\u00e4"));
        client().urlEncodingEnabled(false).get("/matrix;a=1").then().body(equalTo("1"));
        client().urlEncodingEnabled(false).get("/query?q=1&q=a%20b&q=c+d").then().body(equalTo("1|a b|c d none"));
        try (RawClient raw = RawClient.connect(server.port())) {
            raw.send("GET /query?q=100%&q=%u0041&q=%2&q=%25%41 HTTP/1.1\r\nHost: h\r\n\r\n");
            assertThat(raw.readResponse().body()).isEqualTo("100%|%u0041|%2|%A none");
        }
        client().put("/pets/12").then().statusCode(404);
        client().get("/uri?a=b").then().body(equalTo(server.uri("/uri?a=b")));
    }

    @Test
    void readsAndSetsCookies() {
        client().cookie("a", "1").cookie("b", "2").get("/cookies").then().body(equalTo("12"))
                .cookie("set", "this").cookie("and", "that");
    }

    @Test
    void runsFiltersAndKeepsAContext() {
        client().get("/context").then().body(equalTo("from the filter")).header("X-Filter", "before /context");
        client().get("/missing").then().statusCode(404);
        client().get("/error/known").then().statusCode(501);
        // a filter goes on when the client has its answer already, and the next may overtake it
        await().untilAsserted(() -> assertThat(events).containsExactlyInAnyOrder("filtered 200", "filtered 404", "filtered 501"));
    }

    @Test
    void reroutesAndGoesOnToTheNextRoute() {
        client().get("/reroute").then().body(equalTo("from the filter"));
        client().get("/next").then().body(equalTo("second")).header("X-First", "yes");
    }

    @Test
    void appliesStreamFiltersAndListeners() {
        client().body("abc").post("/upper").then().body(equalTo("AABBCC")).header("X-Before", "sent");
        await().untilAsserted(() -> assertThat(events).containsExactly("before send", "when sent true", "filtered 200"));
    }

    @Test
    void writesWhatMediaSupportKnows() {
        client().get("/string").then().contentType(containsString("text/plain")).body(equalTo("\u00e4\u20ac"));
        client().get("/path").then().contentType("text/html").body(equalTo("<p>page</p>"));
        client().get("/unknown").then().statusCode(415);
        client().body("twice ").post("/buffered").then().body(equalTo("twice twice "));
    }

    @Test
    void answersErrorsAsTheyAreMeant() {
        client().get("/error/http").then().statusCode(409).body(equalTo("told to the client\n"));
        client().get("/error/forbidden").then().statusCode(403).body(equalTo("not <you>\n"))
                .contentType(containsString("text/plain")).header("X-Content-Type-Options", "nosniff");
        client().get("/error/bad").then().statusCode(400).body(equalTo("bad because\n"));
        client().get("/error/503").then().statusCode(503).body(equalTo("back at noon\n"));
        client().get("/error/known").then().statusCode(501).body(equalTo("handled: known"));
        client().get("/missing").then().statusCode(404);
    }

    @Test
    void tellsNobodyWhatWentWrongInside() {
        for (String kind : new String[] {"internal", "500", "error", "handler", "other"}) {
            client().get("/error/" + kind).then().statusCode(500).body(equalTo("Internal Server Error\n"));
        }
    }

    private static final class Pets implements HttpService {
        @Override
        public void routing(HttpRules rules) {
            rules.get("/{id}", (request, response) -> response.send("pet " + request.path().pathParameters().get("id")))
                    .post("/", (request, response) -> {
                        JsonObject pet = request.content().as(JsonObject.class);
                        response.status(Status.CREATED_201).header(HeaderNames.LOCATION, "/pets/7")
                                .send(Json.createObjectBuilder(pet).add("id", 7).build());
                    });
        }
    }

    private static final class UpperCase extends FilterInputStream {
        private UpperCase(InputStream in) {
            super(in);
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            int count = super.read(bytes, offset, length);
            if (count > 0) {
                byte[] upper = new String(bytes, offset, count, StandardCharsets.ISO_8859_1).toUpperCase(Locale.ROOT)
                        .getBytes(StandardCharsets.ISO_8859_1);
                System.arraycopy(upper, 0, bytes, offset, count);
            }
            return count;
        }
    }

    private static final class Doubling extends FilterOutputStream {
        private Doubling(OutputStream out) {
            super(out);
        }

        @Override
        public void write(int octet) throws IOException {
            out.write(octet);
            out.write(octet);
        }
    }
}
