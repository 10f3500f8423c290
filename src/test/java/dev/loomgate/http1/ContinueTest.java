package dev.loomgate.http1;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

import dev.loomgate.testing.RawClient;
import dev.loomgate.testing.TestServer;
import dev.loomgate.transport.BodyLimit;
import io.helidon.webserver.http.HttpRouting;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Expect: 100-continue (RFC 9110 section 10.1.1). */
class ContinueTest {
    private final TestServer server = TestServer.start(HttpRouting.builder()
            .post("/ignore", (request, response) -> response.send("ignored"))
            .post("/consume", (request, response) -> {
                request.content().consume();
                response.send("consumed");
            })
            .post("/small", (request, response) -> {
                ((BodyLimit) request).limitBody(3);
                response.send(request.content().as(String.class));
            })
            .post("/late", (request, response) -> {
                try (OutputStream out = response.outputStream()) {
                    out.write("begun ".getBytes(StandardCharsets.ISO_8859_1));
                    out.flush();
                    try (InputStream in = request.content().inputStream()) {
                        in.transferTo(out);
                    }
                }
            })
            .post("/read", (request, response) -> response.send(request.content().as(String.class))));

    @AfterEach
    void stop() {
        server.close();
    }

    private RawClient expecting(String path) throws IOException {
        return expecting(path, "100-continue");
    }

    private RawClient expecting(String path, String value) throws IOException {
        return RawClient.connect(server.port()).send("POST " + path
                + " HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nExpect: " + value + "\r\n\r\n");
    }

    @Test
    void asksForTheBodyWhenTheHandlerReadsIt() throws IOException {
        try (RawClient client = expecting("/read")) {
            assertThat(client.readResponse().statusLine()).isEqualTo("HTTP/1.1 100 Continue");
            client.send("body");
            assertThat(client.readResponse().body()).isEqualTo("body");
            client.send("POST /read HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nok");
            assertThat(client.readResponse().body()).isEqualTo("ok");
        }
    }

    @Test
    void asksForTheBodyWhenTheHandlerConsumesIt() throws IOException {
        try (RawClient client = expecting("/consume")) {
            assertThat(client.readResponse().status()).isEqualTo(100);
            client.send("body");
            assertThat(client.readResponse().body()).isEqualTo("consumed");
        }
    }

    @Test
    void asksForNoBodyThatTheHandlerDoesNotRead() throws IOException {
        try (RawClient client = expecting("/ignore")) {
            RawClient.Response response = client.readResponse();
            assertThat(response.body()).isEqualTo("ignored");
            // whether the body follows can't be told
            assertThat(response.header("Connection")).contains("close");
            assertThat(client.isClosedByServer()).isTrue();
        }
    }

    @Test
    void asksForNoBodyWhereThereIsNoHandler() throws IOException {
        for (String value : new String[] {"100-continue", "100-Continue"}) {
            try (RawClient client = expecting("/missing", value)) {
                RawClient.Response response = client.readResponse();
                assertThat(response.status()).isEqualTo(404);
                assertThat(response.header("Connection")).contains("close");
                assertThat(client.isClosedByServer()).isTrue();
            }
        }
    }

    @Test
    void asksForNoBodyThatIsTooLong() throws IOException {
        try (RawClient client = expecting("/small")) {
            assertThat(client.readResponse().status()).isEqualTo(413);
            assertThat(client.isClosedByServer()).isTrue();
        }
    }

    @Test
    void asksForNoBodyWithinTheResponse() throws IOException {
        try (RawClient client = expecting("/late")) {
            assertThat(client.readHead().status()).isEqualTo(200);
            // and sends its body though nobody told it to, as a client should after a while
            client.send("body");
            assertThat(client.readToEnd()).isEqualTo("6\r\nbegun \r\n4\r\nbody\r\n0\r\n\r\n");
        }
    }

    @Test
    void worksWithTheClientOfTheJdk() throws Exception {
        try (HttpClient client = HttpClient.newHttpClient()) {
            for (String path : new String[] {"/read", "/missing", "/read"}) {
                HttpResponse<String> response = client.send(HttpRequest.newBuilder(URI.create(server.uri(path)))
                        .expectContinue(true).timeout(Duration.ofSeconds(60))
                        .POST(HttpRequest.BodyPublishers.ofString("body")).build(), HttpResponse.BodyHandlers.ofString());
                assertThat(response.statusCode()).isEqualTo(path.equals("/read") ? 200 : 404);
            }
        }
    }
}
