package dev.loomgate.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.FutureTask;

import dev.loomgate.testing.NameServer;
import dev.loomgate.testing.RawBackend;
import dev.loomgate.testing.RawClient;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Servers behind the server that are known by name, with a real name server that is slow, falls silent, or says something new. */
class ProxyNamesTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TempDir
    Path directory;

    private NameServer names;

    @BeforeEach
    void start() throws IOException {
        names = NameServer.start();
    }

    @AfterEach
    void stop() {
        names.close();
    }

    private Server proxyTo(int port, String more) throws Exception {
        return Plan.read(Files.writeString(directory.resolve("test.yaml"), """
                listeners: [{port: 0}]
                upstreams:
                  app: {servers: ['app.example:%d'], idle-timeout: 100ms, ejection: off%s}
                routes:
                - {path: /**, handler: proxy, upstream: app}
                """.formatted(port, more))).start();
    }

    private static RawClient.Response ask(Server server) throws IOException {
        try (RawClient client = RawClient.connect(URI.create(server.addresses().getFirst()).getPort())) {
            return client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").readResponse();
        }
    }

    /** Answers with the address that it was reached at. */
    private static RawBackend backend() throws IOException {
        return RawBackend.startOnAll(call -> call.respond(call.socket().getLocalAddress().getHostAddress()));
    }

    @Test
    void usesAllAddressesAndFollowsTheNameWhenItMoves() throws Exception {
        names.answer("app.example", 1, "127.0.0.1", "127.0.0.2");
        try (RawBackend backend = backend(); Server server = proxyTo(backend.port(), "")) {
            Set<String> seen = new HashSet<>();
            Awaitility.await().atMost(PATIENCE).until(() -> {
                seen.add(ask(server).body());
                return seen.size() == 2;
            });
            assertThat(seen).containsExactlyInAnyOrder("127.0.0.1", "127.0.0.2");
            names.answer("app.example", 1, "127.0.0.3");
            Awaitility.await().atMost(PATIENCE).until(() -> ask(server).body().equals("127.0.0.3"));
            // those that are kept go, too
            assertThat(ask(server).body()).isEqualTo("127.0.0.3");
        }
    }

    @Test
    void reliesOnAnAnswerForAsLongAsItIsGood() throws Exception {
        names.answer("app.example", 3_600, "127.0.0.1");
        try (RawBackend backend = backend(); Server server = proxyTo(backend.port(), "")) {
            // not only for the first request, which would wait for it
            Awaitility.await().atMost(PATIENCE).until(() -> names.questions() >= 2);
            assertThat(ask(server).body()).isEqualTo("127.0.0.1");
            int asked = names.questions();
            names.answer("app.example", 3_600, "127.0.0.2");
            for (int i = 0; i < 50; i++) {
                assertThat(ask(server).body()).isEqualTo("127.0.0.1");
            }
            assertThat(names.questions()).isEqualTo(asked);
        }
    }

    @Test
    void goesOnWithTheLastAnswerWhileTheNameServerIsSilentOrForgetsTheName() throws Exception {
        names.answer("app.example", 1, "127.0.0.1");
        try (RawBackend backend = backend(); Server server = proxyTo(backend.port(), "")) {
            assertThat(ask(server).body()).isEqualTo("127.0.0.1");
            names.silent(true);
            int asked = names.questions();
            Awaitility.await().atMost(PATIENCE).until(() -> {
                // no request waits for the look-up that is under way
                assertThat(ask(server).body()).isEqualTo("127.0.0.1");
                return names.questions() > asked + 2;
            });
            names.answer("app.example", 1);
            names.silent(false);
            assertThat(ask(server).body()).isEqualTo("127.0.0.1");
        }
    }

    @Test
    void tellsASilentNameServerFromAnUnknownNameInBoundedTime() throws Exception {
        try (RawBackend backend = backend(); Server server = proxyTo(backend.port(), ", connect-timeout: 300ms")) {
            // the first look-up of all may take longer than a request has
            Awaitility.await().atMost(PATIENCE).until(() -> ask(server).status() == 502);
            names.silent(true);
            Awaitility.await().atMost(PATIENCE).until(() -> ask(server).status() == 504);
            names.answer("app.example", 1, "127.0.0.1");
            names.silent(false);
            Awaitility.await().atMost(PATIENCE).until(() -> ask(server).status() == 200);
        }
    }

    @Test
    void findsTheNamesOfThisMachineWithoutANameServer() throws Exception {
        names.silent(true);
        try (RawBackend backend = backend(); Server server = Plan.read(Files.writeString(directory.resolve("test.yaml"), """
                listeners: [{port: 0}]
                routes:
                - {path: /**, handler: proxy, to: 'http://localhost:%d'}
                """.formatted(backend.port()))).start()) {
            RawClient.Response response = ask(server);
            assertThat(response.status()).as(response.body()).isEqualTo(200);
        }
        for (String name : List.of("localhost", "LOCALHOST", "localhost.", "app.localhost")) {
            var found = new FutureTask<>(() -> InetAddress.getByName(name).isLoopbackAddress());
            Thread.startVirtualThread(found);
            assertThat(found.get()).as(name).isTrue();
        }
        assertThat(names.questions()).isZero();
    }

    @Test
    void looksNamesUpForCodeOnVirtualThreads() throws Exception {
        names.answer("handler.example", 60, "127.0.0.9", "127.0.0.8");
        var found = new FutureTask<>(() -> InetAddress.getAllByName("handler.example"));
        Thread.startVirtualThread(found);
        assertThat(found.get()).extracting(InetAddress::getHostAddress).containsExactlyInAnyOrder("127.0.0.9", "127.0.0.8");
        var localhost = new FutureTask<>(() -> InetAddress.getByName("localhost").isLoopbackAddress());
        Thread.startVirtualThread(localhost);
        assertThat(localhost.get()).isTrue();
        var unknown = new FutureTask<>(() -> {
            try {
                return InetAddress.getByName("unknown.example").toString();
            } catch (UnknownHostException e) {
                return "unknown";
            }
        });
        Thread.startVirtualThread(unknown);
        assertThat(unknown.get()).isEqualTo("unknown");
    }
}
