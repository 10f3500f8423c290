package dev.loomgate.http1;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;

import dev.loomgate.testing.RawClient;
import dev.loomgate.testing.TestServer;
import dev.loomgate.transport.ListenerSettings;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Request smuggling: the raw requests of the table, each with another request behind it, through real proxies. A proxy and the
 * server that would see the end of a request in different places would have different numbers of requests from then on: a request
 * would come without an id of the proxy, or the answer to one would be given to another, or to the next client.
 */
class FrontProxySiege {
    private static final HeaderName ID = HeaderNames.create("X-Front-Id");
    private static final HeaderName SAW = HeaderNames.create("X-Saw");
    /** Requests that a proxy might be brought to see in one body, or to split. */
    private static final List<String> SMUGGLED = List.of(
            "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nX",
            "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n5c\r\n",
            "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: xchunked\r\nContent-Length: 50\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: x\r\nContent-Length: 50\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding:\u000bchunked\r\nContent-Length: 50\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1;\nx\r\nA\r\n0\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\nContent-Length: 50\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: h\r\nContent_Length: 50\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: h\r\nContent-Length : 50\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: h\r\nX: y\nContent-Length: 50\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: h\r\nX: y\rContent-Length: 50\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: h\r\nX:\r\n Content-Length: 50\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 50\r\nConnection: Content-Length\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nConnection: Transfer-Encoding\r\n\r\n0\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 50\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: h\r\nUpgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABk\r\n\r\n",
            "HEAD / HTTP/1.1\r\nHost: h\r\nContent-Length: 50\r\n\r\n",
            "POST / HTTP/1.0\r\nHost: h\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "POST /ignore HTTP/1.1\r\nHost: h\r\nContent-Length: 38\r\n\r\n");

    @TempDir
    private Path directory;
    private final List<Seen> seen = new CopyOnWriteArrayList<>();
    private TestServer server;

    /** A request as it came to a handler. */
    private record Seen(String request, List<String> ids) {
    }

    @BeforeEach
    void start() {
        var limits = new Http1Settings(8 * 1024, 32 * 1024, 100, 1 << 20, Duration.ofSeconds(2), Duration.ofSeconds(2));
        server = TestServer.start(HttpRouting.builder()
                .any("/ignore", (request, response) -> answer(request, response, ""))
                .any((request, response) -> {
                    byte[] body = request.content().inputStream().readAllBytes();
                    answer(request, response, " " + body.length);
                }), ListenerSettings.local(0), limits, List.of());
    }

    private void answer(ServerRequest request, ServerResponse response, String more) {
        List<String> ids = request.headers().all(ID, List::of);
        seen.add(new Seen(request.prologue().method().text() + " " + request.path().rawPath(), ids));
        response.header(SAW, String.join("+", ids));
        response.send(request.path().rawPath() + more);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private static Stream<byte[]> requests() {
        return Stream.concat(RawRequestTest.rows().map(RawRequest::bytes),
                SMUGGLED.stream().map(text -> text.getBytes(StandardCharsets.ISO_8859_1)));
    }

    @ParameterizedTest
    @EnumSource(FrontProxy.Kind.class)
    void seesTheSameRequestsAsAProxyInFrontOfIt(FrontProxy.Kind kind) throws Exception {
        var mistakes = new ArrayList<String>();
        var exchanges = new int[1];
        try (FrontProxy proxy = FrontProxy.start(kind, directory, server.port())) {
            requests().forEach(bytes -> {
                int number = ++exchanges[0];
                String shown = new String(bytes, 0, Math.min(bytes.length, 200), StandardCharsets.ISO_8859_1);
                attack(proxy, bytes, number).forEach(mistake -> mistakes.add(mistake + " after " + shown));
                ask(proxy, "/victim-" + number).forEach(mistake -> mistakes.add(mistake + " after " + shown));
            });
        }
        assertThat(mistakes).isEmpty();
        assertThat(seen).as("requests").hasSizeGreaterThanOrEqualTo(exchanges[0]);
        var ids = new HashSet<String>();
        for (Seen one : seen) {
            assertThat(one.ids()).as("ids that the proxy gave " + one.request()).hasSize(1);
            assertThat(ids.add(one.ids().getFirst())).as("each id once: " + one).isTrue();
        }
    }

    /** Sends odd bytes and a request behind them; all answers must be to the requests that the proxy gives them for. */
    private static List<String> attack(FrontProxy proxy, byte[] bytes, int number) {
        try (RawClient client = RawClient.connect(proxy.port()).readTimeout(Duration.ofSeconds(20))) {
            client.send(bytes).send("GET /behind-" + number + " HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
            return mismatches(client.readToEnd(), "/behind-" + number);
        } catch (SocketTimeoutException e) {
            return List.of("the proxy hangs");
        } catch (SocketException e) {
            // refused while it was still being sent
            return List.of();
        } catch (IOException e) {
            return List.of(e.toString());
        }
    }

    /** Where an answer is to another request than the proxy gives it for. */
    private static List<String> mismatches(String answers, String behind) {
        var mistakes = new ArrayList<String>();
        for (String answer : answers.split("(?=HTTP/1\\.[01] [1-5][0-9][0-9] )")) {
            String saw = field(answer, "X-Saw");
            if (saw != null && !saw.equals(field(answer, "X-Front-Id"))) {
                mistakes.add("an answer to " + saw + " given for " + field(answer, "X-Front-Id"));
            }
            // a good request, whatever was before it
            if (behind.equals(field(answer, "X-Front-Path")) && !answer.startsWith("HTTP/1.1 200 ")) {
                mistakes.add("what is behind was answered with " + answer.lines().findFirst().orElseThrow());
            }
        }
        return mistakes;
    }

    private static String field(String answer, String name) {
        return answer.lines().takeWhile(line -> !line.isEmpty())
                .filter(line -> line.regionMatches(true, 0, name + ":", 0, name.length() + 1))
                .map(line -> line.substring(name.length() + 1).strip()).findFirst().orElse(null);
    }

    /** The next client, whose request the proxy may send on the same connection. */
    private static List<String> ask(FrontProxy proxy, String path) {
        try (RawClient client = RawClient.connect(proxy.port())) {
            client.send("GET " + path + " HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
            RawClient.Response response = client.readResponse();
            boolean right = response.status() == 200 && response.body().equals(path + " 0")
                    && response.header("X-Saw").equals(response.header("X-Front-Id"));
            return right ? List.of() : List.of("the next client got " + response);
        } catch (IOException e) {
            return List.of("the next client: " + e);
        }
    }
}
