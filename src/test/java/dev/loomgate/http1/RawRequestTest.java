package dev.loomgate.http1;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;

import dev.loomgate.testing.TestServer;
import dev.loomgate.transport.ListenerSettings;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is answered to every shape of request that RFC 9112 rules, right or wrong, and whether the connection goes on. */
class RawRequestTest {
    private static TestServer server;

    @BeforeAll
    static void start() {
        var limits = new Http1Settings(8 * 1024, 32 * 1024, 100, 1 << 20, Http1Settings.DEFAULT.headerTimeout(),
                Http1Settings.DEFAULT.bodyTimeout());
        server = TestServer.start(HttpRouting.builder()
                .any("/ignore", (request, response) -> response.send("ignored"))
                .any("/hide", RawRequestTest::readAndHideErrors)
                .any(RawRequestTest::tell), ListenerSettings.local(0), limits, List.of());
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static void tell(ServerRequest request, ServerResponse response) throws IOException {
        String body = new String(request.content().inputStream().readAllBytes(), StandardCharsets.UTF_8);
        String query = request.query().rawValue().isEmpty() ? "" : "?" + request.query().rawValue();
        String host = request.headers().contains(HeaderNames.HOST) ? request.headers().get(HeaderNames.HOST).get() : "";
        List<String> seen = request.headers().all(HeaderNames.create("X-Seen"), List::of);
        response.send((request.prologue().method().text() + " " + request.path().rawPath() + query
                + " host=" + request.authority() + " field=" + host + " path=" + request.path().path() + " body=[" + body
                + "] x=[" + String.join("|", seen) + "]").getBytes(StandardCharsets.ISO_8859_1));
    }

    private static void readAndHideErrors(ServerRequest request, ServerResponse response) throws IOException {
        try {
            request.content().inputStream().readAllBytes();
            response.send("read");
        } catch (RuntimeException e) {
            response.send("hidden");
        }
    }

    static Stream<RawRequest> rows() {
        return Stream.of(RequestLineRows.all(), HeaderFieldRows.all(), BodyFramingRows.all()).flatMap(all -> all);
    }

    @ParameterizedTest
    @MethodSource("rows")
    void answersAsTheTableSays(RawRequest row) throws IOException {
        RawExchange exchange = RawExchange.with(server.port(), row.bytes(), row.right().statuses().size());
        assertThat(exchange.answer()).as(row + " " + exchange.bodies()).isEqualTo(row.right());
        if (row.sees() != null) {
            assertThat(exchange.bodies().getLast()).contains(row.sees());
        }
    }
}
