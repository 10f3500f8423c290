package dev.loomgate.http1;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.SynchronousQueue;

import dev.loomgate.testing.RawClient;
import dev.loomgate.testing.TestServer;
import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.HttpRouting;
import org.junit.jupiter.api.Test;

/** How a response is framed and sent, whatever the handler does (RFC 9112 section 6, RFC 9110 sections 8.6 and 15). */
class ResponseTest {
    private static final String NEXT = "GET /next HTTP/1.1\r\nHost: h\r\n\r\n";

    private static TestServer serve(Handler handler) {
        return TestServer.start(HttpRouting.builder().get("/next", (request, response) -> response.send("next")).any(handler));
    }

    private static RawClient ask(TestServer server, String requestLine) throws IOException {
        return RawClient.connect(server.port()).send(requestLine + "\r\nHost: h\r\n\r\n");
    }

    private static RawClient get(TestServer server) throws IOException {
        return ask(server, "GET / HTTP/1.1");
    }

    private static void assertServesOn(RawClient client) throws IOException {
        client.send(NEXT);
        assertThat(client.readResponse().body()).isEqualTo("next");
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    @Test
    void namesLengthAndDateOfAWholeBody() throws IOException {
        try (TestServer server = serve((request, response) -> response.send("hello")); RawClient client = get(server)) {
            RawClient.Response response = client.readResponse();
            assertThat(response.statusLine()).isEqualTo("HTTP/1.1 200 OK");
            assertThat(response.header("Content-Length")).contains("5");
            assertThat(response.header("Date").orElseThrow())
                    .matches("(Mon|Tue|Wed|Thu|Fri|Sat|Sun), [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2} GMT");
            assertServesOn(client);
        }
    }

    @Test
    void givesALengthToAShortStreamAndChunksToALongOne() throws IOException {
        try (TestServer server = serve((request, response) -> {
            try (OutputStream out = response.outputStream()) {
                for (int i = 0; i < Integer.parseInt(request.query().get("n")); i++) {
                    out.write('x');
                }
            }
        }); RawClient client = RawClient.connect(server.port())) {
            for (int length : new int[] {0, 1, 8192, 8193, 100_000}) {
                client.send("GET /?n=" + length + " HTTP/1.1\r\nHost: h\r\n\r\n");
                RawClient.Response response = client.readResponse();
                assertThat(response.body()).isEqualTo("x".repeat(length));
                assertThat(response.header("Transfer-Encoding").isPresent()).isEqualTo(length > 8192);
                assertThat(response.header("Content-Length").isPresent()).isEqualTo(length <= 8192);
            }
        }
    }

    @Test
    void sendsNoChunksToHttp10() throws IOException {
        try (TestServer server = serve((request, response) -> {
            try (OutputStream out = response.outputStream()) {
                for (int i = 0; i < 20; i++) {
                    out.write(new byte[1000]);
                    out.flush();
                }
            }
        }); RawClient client = RawClient.connect(server.port())
                .send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")) {
            RawClient.Response response = client.readResponse();
            assertThat(response.header("Transfer-Encoding")).isEmpty();
            assertThat(response.header("Connection")).contains("close");
            assertThat(response.body()).hasSize(20_000);
        }
    }

    @Test
    void keepsAConnectionOfHttp10ThatAsksForIt() throws IOException {
        try (TestServer server = serve((request, response) -> response.send("x"));
                RawClient client = RawClient.connect(server.port())) {
            for (int i = 0; i < 3; i++) {
                client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
                assertThat(client.readResponse().header("Connection")).contains("keep-alive");
            }
        }
    }

    @Test
    void answersHeadWithTheHeaderOfGet() throws IOException {
        try (TestServer server = serve((request, response) -> {
            switch (request.path().path()) {
                case "/send" -> response.send("hello");
                case "/length" -> response.header(HeaderNames.CONTENT_LENGTH, "1234").send();
                case "/nothing" -> response.send();
                default -> {
                    try (OutputStream out = response.outputStream()) {
                        out.write(new byte[100_000]);
                    }
                }
            }
        }); RawClient client = RawClient.connect(server.port())) {
            for (String[] row : new String[][] {{"/send", "5"}, {"/length", "1234"}, {"/nothing", null}, {"/stream", null}}) {
                client.send("HEAD " + row[0] + " HTTP/1.1\r\nHost: h\r\n\r\n");
                RawClient.Response response = client.readHead();
                assertThat(response.status()).isEqualTo(200);
                assertThat(response.header("Content-Length").orElse(null)).as(row[0]).isEqualTo(row[1]);
            }
            assertServesOn(client);
        }
    }

    @Test
    void sendsNoBodyWith204And304() throws IOException {
        try (TestServer server = serve((request, response) -> {
            boolean notModified = request.path().path().startsWith("/304");
            response.status(notModified ? Status.NOT_MODIFIED_304 : Status.NO_CONTENT_204);
            if (request.path().path().endsWith("send")) {
                response.send("should not be here");
            } else if (request.path().path().endsWith("length")) {
                response.header(HeaderNames.CONTENT_LENGTH, "7").send();
            } else {
                try (OutputStream out = response.outputStream()) {
                    out.write(new byte[20_000]);
                }
            }
        }); RawClient client = RawClient.connect(server.port())) {
            for (String path : new String[] {"/204send", "/204stream", "/204length", "/304send", "/304stream", "/304length"}) {
                client.send("GET " + path + " HTTP/1.1\r\nHost: h\r\n\r\n");
                RawClient.Response response = client.readResponse();
                assertThat(response.status()).isEqualTo(Integer.parseInt(path.substring(1, 4)));
                assertThat(response.header("Content-Length")).as(path).isEmpty();
                assertThat(response.header("Transfer-Encoding")).as(path).isEmpty();
            }
            assertServesOn(client);
        }
    }

    @Test
    void sendsTrailers() throws IOException {
        try (TestServer server = serve((request, response) -> {
            response.header(HeaderNames.TRAILER, "X-Sum");
            try (OutputStream out = response.outputStream()) {
                out.write(bytes("hello"));
                response.trailers().set(HeaderNames.create("X-Sum"), "42");
            }
        }); RawClient client = get(server)) {
            RawClient.Response response = client.readResponse();
            assertThat(response.body()).isEqualTo("hello");
            assertThat(response.headers().getLast()).isEqualTo(new RawClient.Field("X-Sum", "42"));
            assertServesOn(client);
        }
    }

    @Test
    void sendsTrailersThatTheClientAskedFor() throws IOException {
        try (TestServer server = serve((request, response) -> {
            response.beforeTrailers(trailers -> trailers.set(HeaderNames.create("X-Late"), "yes"));
            response.trailers().set(HeaderNames.create("X-Sum"), "42");
            response.send("hello");
        }); RawClient client = RawClient.connect(server.port()).send("GET / HTTP/1.1\r\nHost: h\r\nTE: trailers\r\n\r\n")) {
            RawClient.Response response = client.readResponse();
            assertThat(response.body()).isEqualTo("hello");
            assertThat(response.header("X-Sum")).contains("42");
            assertThat(response.header("X-Late")).contains("yes");
            assertServesOn(client);
        }
    }

    @Test
    void streamsBitByBit() throws Exception {
        var bits = new SynchronousQueue<String>();
        try (TestServer server = serve((request, response) -> {
            try (OutputStream out = response.outputStream()) {
                for (String bit = bits.take(); !bit.equals("end"); bit = bits.take()) {
                    out.write(bytes(bit));
                    out.flush();
                }
            }
        }); RawClient client = get(server)) {
            bits.put("first");
            assertThat(client.readLine()).isEqualTo("HTTP/1.1 200 OK");
            while (!client.readLine().isEmpty()) {
                // the rest of the header
            }
            assertThat(new String(client.readExactly(10), StandardCharsets.ISO_8859_1)).isEqualTo("5\r\nfirst\r\n");
            bits.put("second!");
            assertThat(new String(client.readExactly(12), StandardCharsets.ISO_8859_1)).isEqualTo("7\r\nsecond!\r\n");
            bits.put("end");
            assertThat(new String(client.readExactly(5), StandardCharsets.ISO_8859_1)).isEqualTo("0\r\n\r\n");
            assertServesOn(client);
        }
    }

    @Test
    void sendsTheEndOfABodyWhenItsStreamIsClosed() throws Exception {
        var done = new SynchronousQueue<Boolean>();
        try (TestServer server = serve((request, response) -> {
            try (OutputStream out = response.outputStream()) {
                out.write(bytes("all"));
            }
            done.take();
        }); RawClient client = get(server)) {
            assertThat(client.readResponse().body()).isEqualTo("all");
            done.put(true);
            assertServesOn(client);
        }
    }

    @Test
    void refusesWhatWouldSplitTheResponse() throws IOException {
        String injected = "x\r\nSet-Cookie: a=b\r\n\r\n<html>";
        try (TestServer server = serve((request, response) -> {
            switch (request.path().path()) {
                case "/value" -> response.header(HeaderNames.LOCATION, injected);
                case "/bare" -> response.header(HeaderNames.LOCATION, "x\nSet-Cookie: a=b");
                case "/second" -> response.header("X-List", "one", injected);
                case "/name" -> response.header(HeaderNames.create("X: y\r\nSet-Cookie"), "a=b");
                case "/wide" -> response.header(HeaderNames.LOCATION, "x\u010d\u010aSet-Cookie: a=b");
                default -> response.status(Status.create(299, injected));
            }
            if (request.query().contains("stream")) {
                response.outputStream().close();
            } else {
                response.send("body");
            }
        }); RawClient client = RawClient.connect(server.port())) {
            for (String path : new String[] {"/value", "/bare", "/second", "/name", "/wide", "/reason"}) {
                for (String query : new String[] {"", "?stream"}) {
                    client.send("GET " + path + query + " HTTP/1.1\r\nHost: h\r\n\r\n");
                    RawClient.Response response = client.readResponse();
                    assertThat(response.status()).as(path).isEqualTo(500);
                    assertThat(response.header("Set-Cookie")).as(path).isEmpty();
                    assertThat(response.body()).as(path).isEqualTo("Internal Server Error\n");
                }
            }
            assertServesOn(client);
        }
    }

    @Test
    void answersAnExceptionBeforeAnyOutputWithoutTellingWhatItSays() throws IOException {
        try (TestServer server = serve((request, response) -> {
            response.header(HeaderNames.ETAG, "\"1\"").header(HeaderNames.CACHE_CONTROL, "max-age=9")
                    .header(HeaderNames.CONTENT_LENGTH, "1000");
            response.outputStream().write(bytes("not flushed"));
            throw new IOException("can't read /srv/secret.properties");
        }); RawClient client = get(server)) {
            RawClient.Response response = client.readResponse();
            assertThat(response.status()).isEqualTo(500);
            assertThat(response.body()).isEqualTo("Internal Server Error\n");
            assertThat(response.header("ETag")).isEmpty();
            assertThat(response.header("Cache-Control")).isEmpty();
            assertServesOn(client);
        }
    }

    @Test
    void breaksTheConnectionAfterAnExceptionWithinTheOutput() throws IOException {
        try (TestServer server = serve((request, response) -> {
            OutputStream out = response.outputStream();
            out.write(bytes("part of it"));
            out.flush();
            throw new IllegalStateException("on purpose");
        })) {
            for (String version : new String[] {"HTTP/1.1", "HTTP/1.0"}) {
                try (RawClient client = ask(server, "GET / " + version)) {
                    // unfinished chunks, or a reset where the end of the connection would be the end of the body
                    assertThatThrownBy(client::readResponse)
                            .isInstanceOfAny(EOFException.class, SocketException.class);
                }
            }
        }
    }

    @Test
    void breaksTheConnectionWhenABodyIsNotAsLongAsWasSaid() throws IOException {
        try (TestServer server = serve((request, response) -> {
            response.header(HeaderNames.CONTENT_LENGTH, "10");
            try (OutputStream out = response.outputStream()) {
                out.write(new byte[Integer.parseInt(request.query().get("n"))]);
                out.flush();
                out.write(new byte[Integer.parseInt(request.query().get("m"))]);
            }
        })) {
            for (String query : new String[] {"n=4&m=3", "n=0&m=9"}) {
                try (RawClient client = ask(server, "GET /?" + query + " HTTP/1.1")) {
                    assertThatThrownBy(client::readResponse).as(query)
                            .isInstanceOfAny(EOFException.class, SocketException.class);
                }
            }
            for (String query : new String[] {"n=4&m=7", "n=10&m=1"}) {
                try (RawClient client = ask(server, "GET /?" + query + " HTTP/1.1")) {
                    assertThatThrownBy(() -> {
                        client.send(NEXT);
                        client.readResponse();
                        // not one byte of what was too much, and no answer to the next request behind it
                        client.readResponse();
                    }).as(query).isInstanceOfAny(EOFException.class, SocketException.class);
                }
            }
            try (RawClient client = ask(server, "GET /?n=4&m=6 HTTP/1.1")) {
                assertThat(client.readResponse().body()).hasSize(10);
                assertServesOn(client);
            }
        }
    }

    @Test
    void refusesToSendAnotherLengthThanWasSaid() throws IOException {
        try (TestServer server = serve((request, response) -> response.header(HeaderNames.CONTENT_LENGTH, "10").send("short"));
                RawClient client = get(server)) {
            assertThat(client.readResponse().status()).isEqualTo(500);
            assertServesOn(client);
        }
    }

    @Test
    void refusesToSendAnInterimStatusAsTheLast() throws IOException {
        try (TestServer server = serve((request, response) -> response.status(Status.create(199)).send("x"));
                RawClient client = get(server)) {
            assertThat(client.readResponse().status()).isEqualTo(500);
            assertServesOn(client);
        }
    }

    @Test
    void refusesToAnswerTwice() throws IOException {
        try (TestServer server = serve((request, response) -> {
            response.send("one");
            assertThatThrownBy(() -> response.send("two")).isInstanceOf(IllegalStateException.class);
        }); RawClient client = get(server)) {
            assertThat(client.readResponse().body()).isEqualTo("one");
            assertServesOn(client);
        }
    }

    @Test
    void answersForAHandlerThatSaysNothing() throws IOException {
        try (TestServer server = serve((request, response) -> { }); RawClient client = get(server)) {
            assertThat(client.readResponse().status()).isEqualTo(500);
            assertServesOn(client);
        }
    }

    @Test
    void closesAfterAResponseThatSaysSo() throws IOException {
        try (TestServer server = serve((request, response) -> response.header(HeaderNames.CONNECTION, "close").send("bye"));
                RawClient client = get(server)) {
            assertThat(client.readResponse().header("Connection")).contains("close");
            assertThat(client.isClosedByServer()).isTrue();
        }
    }

    @Test
    void sendsAHeaderLongerThanItsBuffer() throws IOException {
        String value = "v".repeat(30_000);
        try (TestServer server = serve((request, response) -> {
            for (int i = 0; i < 5; i++) {
                response.header(HeaderNames.create("X-" + i), value);
            }
            response.send("body");
        }); RawClient client = get(server)) {
            RawClient.Response response = client.readResponse();
            assertThat(response.header("X-4")).contains(value);
            assertThat(response.body()).isEqualTo("body");
        }
    }
}
