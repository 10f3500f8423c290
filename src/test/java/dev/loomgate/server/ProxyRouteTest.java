package dev.loomgate.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.EOFException;
import java.io.IOException;
import java.net.SocketException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

import dev.loomgate.testing.Ports;
import dev.loomgate.testing.RawBackend;
import dev.loomgate.testing.RawClient;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests that go to another server and back, over real sockets. */
class ProxyRouteTest {
    private static final String GET = "GET /app/x?q=1 HTTP/1.1\r\nHost: site.example\r\n\r\n";

    private static final int HEADERS = 1;
    private static final int RST_STREAM = 3;
    private static final int SETTINGS = 4;

    @TempDir
    Path directory;

    private Server server(String yaml) throws Exception {
        return Plan.read(Files.writeString(directory.resolve("test.yaml"), "listeners:\n- port: 0\n" + yaml)).start();
    }

    private Server proxyTo(RawBackend backend, String more) throws Exception {
        return server("routes:\n- {path: /app/**, handler: proxy, to: http://127.0.0.1:" + backend.port() + more + "}\n");
    }

    private static RawClient client(Server server) throws IOException {
        return RawClient.connect(URI.create(server.addresses().getFirst()).getPort());
    }

    private static RawClient.Response ask(Server server, String request) throws IOException {
        try (RawClient client = client(server)) {
            return client.send(request).readResponse();
        }
    }

    @Test
    void passesOnWhatIsForTheServerAndNothingElse() throws Exception {
        try (RawBackend backend = RawBackend.start(call -> call.respond(call.head()));
             Server server = proxyTo(backend, "/base, timeout: 5s")) {
            String head = ask(server, "GET /app/a%20b?q=%2F HTTP/1.1\r\nHost: site.example:81\r\nAccept: x\r\nX-Secret: 1\r\n"
                    + "Connection: close, x-secret\r\nKeep-Alive: 5\r\nProxy-Authorization: p\r\nX-Forwarded-For: 6.6.6.6\r\n"
                    + "Forwarded: for=6.6.6.6\r\nX_Forwarded_For: 6.6.6.6\r\nTE: gzip\r\nCookie: a=1\r\nCookie: b=2\r\n\r\n").body();
            assertThat(head).startsWith("GET /base/a%20b?q=%2F HTTP/1.1\r\nHost: site.example:81\r\n")
                    .contains("Accept: x\r\n", "Cookie: a=1\r\n", "Cookie: b=2\r\n", "X-Forwarded-For: 127.0.0.1\r\n",
                            "X-Forwarded-Proto: http\r\n", "X-Forwarded-Host: site.example:81\r\n", "Via: 1.1 loomgate-",
                            "Forwarded: for=127.0.0.1;host=\"site.example:81\";proto=http\r\n")
                    .doesNotContain("X-Secret", "6.6.6.6", "Keep-Alive", "Proxy-", "TE:", "Connection:");
        }
    }

    @Test
    void passesBackWhatIsForTheClientAndNothingElse() throws Exception {
        try (RawBackend backend = RawBackend.start(call -> call.say("HTTP/1.1 302 Over There\r\nContent-Length: 2\r\nX-Own: 1\r\n"
                + "Location: http://127.0.0.1:" + call.socket().getLocalPort() + "/base/y?z\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n"
                + "Connection: x-hop\r\nX-Hop: 1\r\nKeep-Alive: timeout=5\r\n\r\nok"));
             Server server = proxyTo(backend, "/base, host-header: server")) {
            RawClient.Response response = ask(server, GET);
            assertThat(response.statusLine()).isEqualTo("HTTP/1.1 302 Over There");
            assertThat(response.body()).isEqualTo("ok");
            assertThat(response.header("Location")).contains("/app/y?z");
            assertThat(response.headers()).extracting(RawClient.Field::toString).filteredOn(text -> text.contains("Set-Cookie"))
                    .hasSize(2);
            assertThat(response.header("X-Own")).contains("1");
            assertThat(response.header("X-Hop")).isEmpty();
            assertThat(response.header("Keep-Alive")).isEmpty();
        }
    }

    @Test
    void keepsConnectionsAndStreamsLargeBodiesBothWays() throws Exception {
        byte[] large = new byte[3_000_000];
        for (int i = 0; i < large.length; i++) {
            large[i] = (byte) ('a' + i % 26);
        }
        String text = new String(large, StandardCharsets.ISO_8859_1);
        try (RawBackend backend = RawBackend.start(call -> {
            assertThat(call.head()).contains("Content-Length: 3000000\r\n");
            byte[] body = call.in().readNBytes(large.length);
            call.say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n2dc6c0\r\n");
            call.out().write(body);
            call.say("\r\n0\r\nX-Sum: 7\r\n\r\n");
        }); Server server = proxyTo(backend, ""); RawClient client = client(server)) {
            for (int i = 0; i < 4; i++) {
                client.send("POST /app HTTP/1.1\r\nHost: a\r\nContent-Length: 3000000\r\n\r\n");
                Thread.startVirtualThread(() -> {
                    try {
                        client.send(large);
                    } catch (IOException e) {
                        throw new AssertionError(e);
                    }
                });
                RawClient.Response response = client.readResponse();
                assertThat(response.body()).isEqualTo(text);
                assertThat(response.header("X-Sum")).contains("7");
            }
            // one is given up if the answer is complete before it is known that the request is
            assertThat(backend.connections()).isLessThan(4);
        }
    }

    @Test
    void passesEventsOnAsTheyComeAndLearnsThatTheClientHasGone() throws Exception {
        var next = new Semaphore(1);
        var gone = new CountDownLatch(1);
        try (RawBackend backend = RawBackend.start(call -> {
            call.say("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n");
            for (int i = 0; i < 3; i++) {
                next.acquire();
                call.say("data: " + i + "\n\n");
            }
            if (call.in().read() < 0) {
                gone.countDown();
            }
        }); Server server = proxyTo(backend, "")) {
            try (RawClient client = client(server)) {
                client.send(GET);
                String seen = "";
                for (String line = client.readLine(); !line.equals("data: 2"); line = client.readLine()) {
                    seen = line.startsWith("data") ? line : seen;
                    if (line.startsWith("data")) {
                        next.release();
                    }
                }
                assertThat(seen).isEqualTo("data: 1");
            }
            assertThat(gone.await(20, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void passesChunksOnAsTheyCome() throws Exception {
        var next = new Semaphore(0);
        try (RawBackend backend = RawBackend.start(call -> {
            // each with the end of its line, as servers send them, and the first with the header
            call.say("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n0\n\n\r\n");
            next.acquire();
            call.say("3\r\n1\n\n\r\n");
            next.acquire();
            // a whole buffer of the proxy's, and nothing behind it
            call.say("5000\r\n" + "2".repeat(0x4fff) + "\n\r\n");
            next.acquire();
            call.say("2\r\n3\n\r\n0\r\n\r\n");
        }); Server server = proxyTo(backend, ""); RawClient client = client(server)) {
            client.send(GET);
            int seen = 0;
            for (String line = client.readLine(); seen < 4; line = client.readLine()) {
                if (line.startsWith(String.valueOf(seen)) && !line.equals("3") || line.equals("3") && seen == 3) {
                    seen++;
                    next.release();
                }
            }
        }
    }

    @Test
    void asksForThePathThatTheRouteWasFoundBy() throws Exception {
        try (RawBackend backend = RawBackend.start(call -> call.respond(call.head().lines().findFirst().orElseThrow()));
                Server server = server("""
                        routes:
                        - {path: /app/**, handler: proxy, to: 'http://127.0.0.1:%1$d/'}
                        - {path: /app/admin/**, handler: proxy, to: 'http://127.0.0.1:%1$d/admin', deny: [0.0.0.0/0, '::/0']}
                        - {path: /two/parts/**, handler: proxy, to: 'http://127.0.0.1:%1$d/b%%20c'}
                        """.formatted(backend.port()))) {
            assertThat(ask(server, "GET /app/admin/secret HTTP/1.1\r\nHost: a\r\n\r\n").status()).isEqualTo(403);
            // an encoded slash is one for routes, so it must not hide where the route's own part of the path ends
            assertThat(pathAsked(server, "/app%2Ffoo/admin/secret")).isEqualTo("/foo/admin/secret");
            assertThat(pathAsked(server, "/app%2ffoo%2Fbar")).isEqualTo("/foo%2Fbar");
            assertThat(pathAsked(server, "/two%2Fparts/x")).isEqualTo("/b%20c/x");
            assertThat(pathAsked(server, "/two%2Fparts%2Fx/y")).isEqualTo("/b%20c/x/y");
            assertThat(pathAsked(server, "/%61pp/x%20y")).isEqualTo("/x%20y");
        }
    }

    private static String pathAsked(Server server, String path) throws IOException {
        return ask(server, "GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n").body().split(" ")[1];
    }

    @Test
    void tunnelsNoProtocolThatHasRequestsAgainAndNoneThatWasNotAskedFor() throws Exception {
        try (RawBackend backend = RawBackend.start(call -> {
            if (call.head().contains("Upgrade: echo")) {
                call.say("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: other\r\n\r\n");
            } else {
                call.respond(call.head());
            }
        }); Server server = proxyTo(backend, "")) {
            String h2c = ask(server, "GET /app HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
                    + "HTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n").body();
            assertThat(h2c).doesNotContainIgnoringCase("upgrade").doesNotContainIgnoringCase("http2-settings");
            assertThat(ask(server, "GET /app HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c, echo\r\n\r\n").status())
                    .isEqualTo(502);
        }
    }

    @Test
    void asksForABodyOnceThoughTheRequestIsSentTwice() throws Exception {
        try (RawBackend backend = RawBackend.start(call -> {
            if (call.head().startsWith("PUT") && call.number() == 2) {
                // takes the body without a word, and is gone
                call.in().readNBytes(4);
                throw new EOFException();
            }
            call.respond(call.head().startsWith("PUT") ? new String(call.in().readNBytes(4), StandardCharsets.ISO_8859_1) : "ok");
        }); Server server = proxyTo(backend, "")) {
            assertThat(ask(server, "GET /app HTTP/1.1\r\nHost: a\r\n\r\n").body()).isEqualTo("ok");
            try (RawClient client = client(server)) {
                client.send("PUT /app HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
                assertThat(client.readResponse().status()).isEqualTo(100);
                assertThat(client.send("body").readResponse().body()).isEqualTo("body");
            }
        }
    }

    @Test
    void letsTheServerSayWhetherItWantsTheBody() throws Exception {
        try (RawBackend backend = RawBackend.start(call -> {
            if (call.head().startsWith("POST /app/no")) {
                call.say("HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
                throw new EOFException();
            }
            call.say("HTTP/1.1 100 Continue\r\n\r\n");
            call.respond(new String(call.in().readNBytes(4), StandardCharsets.ISO_8859_1));
        }); Server server = proxyTo(backend, "")) {
            String fields = " HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n";
            // a server that says nothing for a second is taken for one that does not know the question
            Awaitility.await().untilAsserted(() -> assertThat(ask(server, "POST /app/no" + fields).status()).isEqualTo(413));
            try (RawClient client = client(server)) {
                assertThat(client.send("POST /app/yes" + fields).readResponse().status()).isEqualTo(100);
                assertThat(client.send("body").readResponse().body()).isEqualTo("body");
            }
        }
    }

    @Test
    void tunnelsAnotherProtocol() throws Exception {
        try (RawBackend backend = RawBackend.start(call -> {
            assertThat(call.head()).contains("Upgrade: echo\r\n", "Connection: Upgrade\r\n");
            call.say("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nhi ");
            call.in().transferTo(call.out());
        }); Server server = proxyTo(backend, ""); RawClient client = client(server)) {
            client.send("GET /app HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nfirst");
            assertThat(client.readHead().status()).isEqualTo(101);
            assertThat(new String(client.readExactly(8), StandardCharsets.ISO_8859_1)).isEqualTo("hi first");
            client.send("again");
            assertThat(new String(client.readExactly(5), StandardCharsets.ISO_8859_1)).isEqualTo("again");
            client.shutdownOutput();
            assertThat(client.isClosedByServer()).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nX : 1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX: 1\r\n folded\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX: a\nY: b\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX: a\0b\r\n\r\n",
        "HTTP/2 200 OK\r\n\r\n",
        "HTTP/1.1 99 Low\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
        "SSH-2.0-OpenSSH_9.2\r\n\r\n"})
    void refusesAnswersThatCouldBeReadInTwoWays(String answer) throws Exception {
        try (RawBackend backend = RawBackend.start(call -> call.say(answer)); Server server = proxyTo(backend, "");
             RawClient client = client(server)) {
            assertThat(client.send(GET).readResponse().status()).isEqualTo(502);
        }
    }

    @Test
    void tellsHowAServerFails() throws Exception {
        var held = new CountDownLatch(1);
        int nobody = Ports.free();
        try (RawBackend backend = RawBackend.start(call -> {
            switch (call.head().split(" ")[1]) {
                case "/silent" -> held.await();
                case "/half-header" -> call.say("HTTP/1.1 200 OK\r\nContent-Le");
                case "/reset" -> call.socket().setSoLinger(true, 0);
                case "/half-body" -> call.say("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
                case "/half-chunk" -> call.say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab");
                case "/bad-chunk" -> call.say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabXX0\r\n\r\n");
                default -> call.respond("ok");
            }
            if (!call.head().startsWith("GET /ok")) {
                throw new EOFException();
            }
        }); Server server = server("""
                upstreams:
                  one: {servers: ['127.0.0.1:%d'], ejection: off}
                routes:
                - {path: /silent/**, handler: proxy, upstream: one, prefix: /silent, timeout: 400ms}
                - {path: /app/**, handler: proxy, upstream: one, prefix: /}
                - {path: /dead/**, handler: proxy, to: 'http://127.0.0.1:%d'}
                """.formatted(backend.port(), nobody))) {
            assertThat(get(server, "/silent")).isEqualTo(504);
            assertThat(get(server, "/app/half-header")).isEqualTo(502);
            assertThat(get(server, "/app/reset")).isEqualTo(502);
            assertThat(get(server, "/dead")).isEqualTo(502);
            for (String path : new String[] {"half-body", "half-chunk", "bad-chunk"}) {
                try (RawClient client = client(server)) {
                    client.send("GET /app/" + path + " HTTP/1.1\r\nHost: a\r\n\r\n");
                    // no client may take the fragment for the whole
                    assertThatThrownBy(client::readResponse).isInstanceOfAny(EOFException.class, SocketException.class);
                }
            }
            assertThat(get(server, "/app/ok")).isEqualTo(200);
            // all that are open are kept for the next request, but for the one that the silent server still holds
            Awaitility.await().until(() -> server.upstreams().get("one").servers().getFirst().active() == 0
                    && backend.openCount() == server.upstreams().get("one").servers().getFirst().idle() + 1);
            held.countDown();
        }
    }

    private static int get(Server server, String path) throws IOException {
        return ask(server, "GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n").status();
    }

    @Test
    void repeatsOnlyWhatMayBeRepeatedWhenAKeptConnectionIsClosed() throws Exception {
        try (RawBackend backend = RawBackend.start(call -> {
            if (call.number() % 2 == 0) {
                // without an answer, as if it had been closed just before
                throw new EOFException();
            }
            call.respond("ok");
        }); Server server = proxyTo(backend, "")) {
            assertThat(get(server, "/app")).isEqualTo(200);
            assertThat(get(server, "/app")).isEqualTo(200);
            assertThat(backend.requests()).isEqualTo(3);
            assertThat(ask(server, "POST /app HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx").status()).isEqualTo(502);
            assertThat(backend.requests()).isEqualTo(4);
        }
    }

    @Test
    void recognisesARequestThatComesBack() throws Exception {
        try (Server other = server("routes: [{path: /**, handler: respond}]\n"); Server server = server("routes: [{path: /**, handler: respond}]\n")) {
            String routes = """
                    upstreams: {here: {servers: ['%1$s'], max-connections: 1}}
                    routes:
                    - {path: /loop/**, handler: proxy, to: 'http://%1$s', max-connections: 1, wait-timeout: 60s}
                    - {path: /other/**, handler: proxy, to: 'http://%2$s', max-connections: 1, wait-timeout: 60s}
                    - {path: /once/**, handler: proxy, upstream: here, prefix: /twice}
                    - {path: /twice/**, handler: proxy, to: 'http://%1$s/end'}
                    - {path: /end/**, handler: respond, body: end}
                    """.formatted(server.addresses().getFirst().substring(7), other.addresses().getFirst().substring(7));
            server.reload(Plan.read(Files.writeString(directory.resolve("test.yaml"), "listeners:\n- port: 0\n" + routes)));
            other.reload(Plan.read(Files.writeString(directory.resolve("test.yaml"), "listeners:\n- port: 0\nroutes:\n"
                    + "- {path: /**, handler: proxy, to: '" + server.addresses().getFirst() + "'}\n")));
            for (String path : List.of("/loop/a", "/other/a")) {
                RawClient.Response answer = ask(server, "POST " + path + " HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody");
                assertThat(answer.status()).as(path).isEqualTo(508);
                // nobody waits: the one connection that there may be was enough
                assertThat(server.upstreams().values()).allSatisfy(group -> {
                    assertThat(group.refused()).isZero();
                    assertThat(group.servers().getFirst().requests()).isLessThanOrEqualTo(1);
                });
            }
            // a server may well have a route that leads to another of its own, and that to a third
            assertThat(ask(server, "GET /once/a HTTP/1.1\r\nHost: a\r\nVia: 1.0 loomgate, 1.1 loomgate-0123456789ab\r\n\r\n").body())
                    .isEqualTo("end");
        }
    }

    @Test
    void followsARestartAndNeverHammersADeadServer() throws Exception {
        RawBackend first = RawBackend.start(call -> call.respond("first"));
        int port = first.port();
        try (Server server = proxyTo(first, ", max-connections: 8")) {
            assertThat(ask(server, GET).body()).isEqualTo("first");
            first.close();
            long begun = System.nanoTime();
            try (var clients = java.util.concurrent.Executors.newVirtualThreadPerTaskExecutor()) {
                var statuses = new ArrayList<java.util.concurrent.Future<Integer>>();
                for (int i = 0; i < 200; i++) {
                    statuses.add(clients.submit(() -> get(server, "/app")));
                }
                for (var status : statuses) {
                    assertThat(status.get()).isEqualTo(502);
                }
            }
            long took = Duration.ofNanos(System.nanoTime() - begun).toMillis();
            long connects = server.upstreams().values().iterator().next().servers().getFirst().connects();
            // 50 ms, 100 ms, 200 ms and so on, each at least half of that; and as many as came while all was well
            assertThat(connects).isLessThan(8 + 1 + 8 + took / 1_000);
            try (RawBackend second = RawBackend.start(port, call -> call.respond("second"))) {
                Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> ask(server, GET).body().equals("second"));
                assertThat(second.requests()).isPositive();
            }
        }
    }

    @Test
    void replacesAConnectionThatBreaksBeforeItIsNeeded() throws Exception {
        try (RawBackend backend = RawBackend.start(call -> call.respond("ok")); Server server = proxyTo(backend, "")) {
            assertThat(get(server, "/app")).isEqualTo(200);
            backend.breakConnections();
            Awaitility.await().until(() -> backend.connections() == 2 && backend.openCount() == 1);
        }
    }

    @Test
    void dividesRequestsAndPassesOverServersThatFail() throws Exception {
        try (RawBackend a = RawBackend.start(call -> call.respond("a")); RawBackend b = RawBackend.start(call -> call.respond("b"));
             RawBackend spare = RawBackend.start(call -> call.respond("spare")); Server server = server("""
                upstreams:
                  app:
                    servers:
                    - {address: '127.0.0.1:%d', weight: 3}
                    - {address: '127.0.0.1:%d'}
                    - {address: '127.0.0.1:%d', backup: true}
                routes:
                - {path: /app/**, handler: proxy, upstream: app}
                """.formatted(a.port(), b.port(), spare.port()))) {
            var counts = new HashMap<String, Integer>();
            for (int i = 0; i < 40; i++) {
                counts.merge(ask(server, GET).body(), 1, Integer::sum);
            }
            assertThat(counts).containsOnlyKeys("a", "b");
            assertThat(counts.get("a")).isBetween(28, 32);
            a.close();
            for (int i = 0; i < 10; i++) {
                assertThat(ask(server, GET).body()).isEqualTo("b");
            }
            b.close();
            for (int i = 0; i < 10; i++) {
                assertThat(ask(server, GET).body()).isEqualTo("spare");
            }
        }
    }

    @Test
    void leavesAConnectionThatOthersHaveByNowToThemWhenAClientGoes() throws Exception {
        var go = new CountDownLatch(1);
        try (RawBackend backend = RawBackend.start(call -> {
            if (call.head().startsWith("POST")) {
                go.await();
            }
            call.respond("ok");
        }); Server server = proxyTo(backend, ""); RawClient slow = client(server); RawClient other = client(server)) {
            // over HTTP/2, with no room for any content: the answer is there, and waits for its client
            slow.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
            slow.send(frame(SETTINGS, 0, new byte[] {0, 4, 0, 0, 0, 0}));
            slow.send(frame(HEADERS, 1, new byte[] {(byte) 0x82, (byte) 0x86, 0x44, 4, '/', 'a', 'p', 'p', 0x41, 1, 'a'}));
            while (nextFrame(slow) != HEADERS) {
                // the server's own settings
            }
            other.send("POST /app HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
            Awaitility.await().until(() -> backend.requests() == 2);
            slow.send(frame(RST_STREAM, 1, new byte[] {0, 0, 0, 8}));
            Awaitility.await().until(() -> server.http2().get("streams") == 0);
            go.countDown();
            assertThat(other.readResponse().body()).isEqualTo("ok");
            assertThat(server.upstreams().values().iterator().next().servers().getFirst().failures()).isZero();
        }
    }

    /** RFC 9113 section 4.1, with the flags that headers and content end with it. */
    private static byte[] frame(int type, int stream, byte[] payload) {
        return ByteBuffer.allocate(9 + payload.length).putInt(payload.length << 8 | type).put((byte) (type == HEADERS ? 5 : 0))
                .putInt(stream).put(payload).array();
    }

    /** Passes a frame over; its type. */
    private static int nextFrame(RawClient client) throws IOException {
        int lengthAndType = ByteBuffer.wrap(client.readExactly(9)).getInt();
        client.readExactly(lengthAndType >>> 8);
        return lengthAndType & 0xFF;
    }

    @Test
    void letsRequestsWaitForAConnectionAndRefusesTheRest() throws Exception {
        var go = new CountDownLatch(1);
        try (RawBackend backend = RawBackend.start(call -> {
            go.await();
            call.respond("ok");
        }); Server server = proxyTo(backend, ", max-connections: 2, max-waiting: 3, wait-timeout: 20s")) {
            var answers = new ArrayList<CompletableFuture<Integer>>();
            for (int i = 0; i < 5; i++) {
                answers.add(CompletableFuture.supplyAsync(() -> {
                    try {
                        return get(server, "/app");
                    } catch (IOException e) {
                        throw new AssertionError(e);
                    }
                }, task -> Thread.startVirtualThread(task)));
            }
            Awaitility.await().until(() -> server.upstreams().values().iterator().next().waiting() == 3);
            RawClient.Response refused = ask(server, GET);
            assertThat(refused.status()).isEqualTo(503);
            assertThat(refused.header("Retry-After")).contains("20");
            go.countDown();
            for (var answer : answers) {
                assertThat(answer.get(20, TimeUnit.SECONDS)).isEqualTo(200);
            }
            assertThat(backend.connections()).isEqualTo(2);
        }
    }

    @Test
    void forgetsRequestsInTheQueueWhoseClientsHaveGone() throws Exception {
        var go = new CountDownLatch(1);
        try (RawBackend backend = RawBackend.start(call -> {
            go.await();
            call.respond("ok");
        }); Server server = proxyTo(backend, ", max-connections: 1, max-waiting: 20, wait-timeout: 60s"); RawClient first = client(server)) {
            first.send(GET);
            Awaitility.await().until(() -> backend.requests() == 1);
            var gone = new ArrayList<RawClient>();
            for (int i = 0; i < 10; i++) {
                gone.add(client(server).send(GET));
            }
            Awaitility.await().until(() -> server.upstreams().values().iterator().next().waiting() == 10);
            for (RawClient client : gone) {
                client.close();
            }
            Awaitility.await().until(() -> server.upstreams().values().iterator().next().waiting() == 0);
            go.countDown();
            assertThat(first.readResponse().body()).isEqualTo("ok");
            assertThat(ask(server, GET).body()).isEqualTo("ok");
            // no connection was taken for them, nor closed
            assertThat(backend.requests()).isEqualTo(2);
            assertThat(backend.connections()).isEqualTo(1);
        }
    }

    @Test
    void asksServersWhetherTheyAreWell() throws Exception {
        var well = new java.util.concurrent.atomic.AtomicBoolean(true);
        try (RawBackend backend = RawBackend.start(call -> {
            if (call.head().startsWith("GET /health")) {
                call.say("HTTP/1.1 " + (well.get() ? 204 : 500) + " x\r\nContent-Length: 0\r\n\r\n");
                return;
            }
            call.respond("ok");
        }); Server server = server("""
                upstreams:
                  app:
                    servers: ['127.0.0.1:%d']
                    health: {path: /health, interval: 50ms, healthy: 1, unhealthy: 2}
                routes:
                - {path: /app/**, handler: proxy, upstream: app}
                """.formatted(backend.port()))) {
            assertThat(get(server, "/app")).isEqualTo(200);
            well.set(false);
            Awaitility.await().until(() -> get(server, "/app") == 503);
            well.set(true);
            Awaitility.await().until(() -> get(server, "/app") == 200);
        }
    }
}
