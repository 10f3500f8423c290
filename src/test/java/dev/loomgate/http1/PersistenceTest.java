package dev.loomgate.http1;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

import dev.loomgate.testing.RawClient;
import dev.loomgate.testing.TestServer;
import io.helidon.webserver.http.HttpRouting;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Connections that serve more than one request, and how they end (RFC 9112 section 9). */
class PersistenceTest {
    private final TestServer server = TestServer.start(HttpRouting.builder()
            .any("/ignore", (request, response) -> response.send("ignored"))
            .any((request, response) -> {
                byte[] body = request.content().inputStream().readAllBytes();
                response.send(request.path().path() + " " + new String(body, StandardCharsets.ISO_8859_1));
            }));

    @AfterEach
    void stop() {
        server.close();
    }

    private static String get(String path) {
        return "GET " + path + " HTTP/1.1\r\nHost: h\r\n\r\n";
    }

    private static String post(String path, int length) {
        return "POST " + path + " HTTP/1.1\r\nHost: h\r\nContent-Length: " + length + "\r\n\r\n";
    }

    @Test
    void answersTenRequestsOfOnePacketInOrder() throws IOException {
        var all = new StringBuilder();
        for (int i = 0; i < 10; i++) {
            all.append(i % 3 == 2 ? post("/" + i, 4) + "body" : get("/" + i));
        }
        try (RawClient client = RawClient.connect(server.port())) {
            client.send(all.toString());
            for (int i = 0; i < 10; i++) {
                assertThat(client.readResponse().body()).isEqualTo("/" + i + " " + (i % 3 == 2 ? "body" : ""));
            }
        }
    }

    @Test
    void answersRequestsWhereverTheyAreSplit() throws IOException {
        byte[] requests = (get("/a") + post("/b", 4) + "body" + "POST /c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
                + "2;x=y\r\nch\r\n4\r\nunks\r\n0\r\nA: b\r\n\r\n" + get("/d")).getBytes(StandardCharsets.ISO_8859_1);
        try (RawClient client = RawClient.connect(server.port())) {
            for (int split = 1; split < requests.length; split++) {
                client.send(Arrays.copyOf(requests, split));
                // so that the first part is on its way alone; either way the answers must be the same
                Thread.yield();
                client.send(Arrays.copyOfRange(requests, split, requests.length));
                for (String answer : new String[] {"/a ", "/b body", "/c chunks", "/d "}) {
                    assertThat(client.readResponse().body()).as("split at %d", split).isEqualTo(answer);
                }
            }
        }
    }

    @Test
    void servesAThousandRequestsOnOneConnection() throws IOException {
        try (RawClient client = RawClient.connect(server.port())) {
            for (int i = 0; i < 1000; i++) {
                client.send(get("/" + i));
                assertThat(client.readResponse().body()).isEqualTo("/" + i + " ");
            }
        }
    }

    @Test
    void answersAClientThatHasClosedItsSendingSide() throws IOException {
        try (RawClient client = RawClient.connect(server.port())) {
            client.send(get("/a") + post("/b", 1) + "x").shutdownOutput();
            assertThat(client.readResponse().body()).isEqualTo("/a ");
            assertThat(client.readResponse().body()).isEqualTo("/b x");
            assertThat(client.isClosedByServer()).isTrue();
        }
    }

    @Test
    void saysNothingToAClientThatLeavesWithinAHeader() throws IOException {
        try (RawClient client = RawClient.connect(server.port())) {
            client.send("GET / HTTP/1.1\r\nHo").shutdownOutput();
            assertThat(client.readToEnd()).isEmpty();
        }
    }

    @Test
    void keepsAConnectionOfWhichASmallBodyWasNotRead() throws IOException {
        try (RawClient client = RawClient.connect(server.port())) {
            client.send(post("/ignore", 100_000)).send(new byte[100_000]).send(get("/next"));
            RawClient.Response ignored = client.readResponse();
            assertThat(ignored.body()).isEqualTo("ignored");
            assertThat(ignored.header("Connection")).isEmpty();
            assertThat(client.readResponse().body()).isEqualTo("/next ");
        }
    }

    @Test
    void letsTheClientReadTheAnswerToALargeBodyThatWasNotRead() throws IOException {
        byte[] body = new byte[40_000_000];
        try (RawClient client = RawClient.connect(server.port())) {
            // all of it, though the answer came long ago: a reset in between would make this fail
            client.send(post("/ignore", body.length)).send(body);
            RawClient.Response response = client.readResponse();
            assertThat(response.body()).isEqualTo("ignored");
            assertThat(response.header("Connection")).contains("close");
            assertThat(client.isClosedByServer()).isTrue();
        }
    }

    @Test
    void letsTheClientReadTheAnswerBeforeBytesThatCameTooLate() throws IOException {
        try (RawClient client = RawClient.connect(server.port())) {
            client.send("GET /last HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n" + get("/late")).send(new byte[1_000_000]);
            assertThat(client.readResponse().body()).isEqualTo("/last ");
            assertThat(client.isClosedByServer()).isTrue();
        }
    }

    @Test
    void keepsConnectionsAfterErrorsOfTheApplication() throws IOException {
        try (TestServer failing = TestServer.start(HttpRouting.builder().get("/fail", (request, response) -> {
            throw new IllegalStateException("on purpose");
        })); RawClient client = RawClient.connect(failing.port())) {
            for (int i = 0; i < 3; i++) {
                client.send(get("/fail")).send(post("/missing", 4) + "body");
                assertThat(client.readResponse().status()).isEqualTo(500);
                assertThat(client.readResponse().status()).isEqualTo(404);
            }
        }
    }
}
