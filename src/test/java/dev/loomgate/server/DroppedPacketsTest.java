package dev.loomgate.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import dev.loomgate.testing.Footprint;
import dev.loomgate.testing.Network;
import dev.loomgate.testing.Programs;
import dev.loomgate.testing.RawBackend;
import dev.loomgate.testing.RawClient;
import dev.loomgate.upstream.Backend;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A server on a machine of its own, to which a firewall drops the first packet of each connection: nobody says no, nobody says
 * anything. {@link UnreachableServersTest} has what does not need root.
 */
class DroppedPacketsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String DROP = """
            table ip firewall {
                chain in {
                    type filter hook input priority 0;
                    tcp flags & (syn | ack) == syn counter drop
                }
            }
            """;
    private static final int PORT = 8000;
    private static final int CLIENTS = 40;
    private static final int MOST_CONNECTIONS = 4;
    private static final int CONNECT_MILLIS = 200;

    @TempDir
    static Path directory;
    private static Network network;
    private static String backend;

    @BeforeAll
    static void connectAMachine() throws Exception {
        Path python = Programs.require("python3", "python3");
        Path nft = Programs.require("nft", "nftables");
        network = new Network();
        backend = network.addReachable("backend");
        network.start("backend", directory.resolve("backend.log"),
                List.of(python.toString(), "-m", "http.server", "--directory", directory.toString(), String.valueOf(PORT)));
        network.requireRules("backend", nft, Files.writeString(directory.resolve("drop.nft"), DROP));
    }

    @AfterAll
    static void disconnectIt() throws Exception {
        if (network != null) {
            network.close();
        }
    }

    @BeforeEach
    void dropNothing() throws Exception {
        network.run("backend", "nft", "flush", "ruleset");
    }

    private static void drop() throws Exception {
        network.run("backend", "nft", "-f", directory.resolve("drop.nft").toString());
    }

    /** Packets that the firewall has dropped. */
    private static long dropped() throws Exception {
        Matcher counter = Pattern.compile("packets (\\d+)").matcher(network.run("backend", "nft", "list", "ruleset"));
        assertThat(counter.find()).isTrue();
        return Long.parseLong(counter.group(1));
    }

    private static Server server(String servers, String more) throws Exception {
        return Plan.read(Files.writeString(directory.resolve("test.yaml"), """
                listeners: [{port: 0}]
                upstreams:
                  app: {servers: [%s], connect-timeout: %dms, max-connections: %d%s}
                routes:
                - {path: /app/**, handler: proxy, upstream: app, prefix: /}
                - {path: /fastcgi/**, handler: fastcgi, upstream: app}
                - {path: /scgi/**, handler: scgi, upstream: app}
                """.formatted(servers, CONNECT_MILLIS, MOST_CONNECTIONS, more))).start();
    }

    private static int get(Server server, String path) throws IOException {
        try (RawClient client = RawClient.connect(URI.create(server.addresses().getFirst()).getPort())) {
            return client.send("GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n").readResponse().status();
        }
    }

    /** Sockets of this machine that wait for an answer of the other. */
    private static List<String> connecting() throws IOException {
        byte[] octets = ((Inet4Address) InetAddress.getByName(backend)).getAddress();
        String remote = "%02X%02X%02X%02X:".formatted(octets[3], octets[2], octets[1], octets[0]);
        return Files.readAllLines(Path.of("/proc/self/net/tcp")).stream().map(line -> line.strip().split("\\s+"))
                .filter(words -> words[2].startsWith(remote) && words[3].equals("02")).map(words -> words[2]).toList();
    }

    /** Most attempts in a time: all that may be at once, and then one after each delay of the back-off at its shortest. */
    private static long mostAttempts(long millis) {
        long attempts = MOST_CONNECTIONS;
        long delay = 25;
        for (long time = 0; time <= millis; time += delay + CONNECT_MILLIS) {
            attempts++;
            delay = Math.min(2_500, delay * 2);
        }
        return attempts;
    }

    @Test
    void failsInTimeHoldsNothingAndSeldomTriesUntilTheServerIsBack() throws Exception {
        try (Server server = server("'" + backend + ":" + PORT + "'", ""); var clients = Executors.newVirtualThreadPerTaskExecutor()) {
            await().atMost(PATIENCE).untilAsserted(() -> assertThat(get(server, "/app/test.yaml")).isEqualTo(200));
            Footprint before = Footprint.now();
            long connects = one(server).connects();
            drop();
            long begun = System.nanoTime();
            var answers = new ArrayList<Future<Integer>>();
            for (int i = 0; i < CLIENTS; i++) {
                answers.add(clients.submit(() -> get(server, "/app/test.yaml")));
            }
            for (Future<Integer> answer : answers) {
                assertThat(answer.get()).isEqualTo(504);
            }
            long took = Duration.ofNanos(System.nanoTime() - begun).toMillis();
            assertThat(took).isLessThan(20_000);
            long attempts = one(server).connects() - connects;
            assertThat(attempts).isPositive().isLessThanOrEqualTo(mostAttempts(took));
            // an attempt is one packet, or a few if this machine was too busy to give up in time
            assertThat(dropped()).isBetween(attempts, attempts * 3);
            assertThat(connecting()).isEmpty();
            // responders are reached in the same way
            assertThat(get(server, "/fastcgi/a.php")).isEqualTo(504);
            assertThat(get(server, "/scgi/a.php")).isEqualTo(504);
            assertThat(one(server).active()).isZero();
            assertThat(server.upstreams().get("app").waiting()).isZero();
            before.assertNothingLeaked();

            dropNothing();
            await().atMost(PATIENCE).untilAsserted(() -> assertThat(get(server, "/app/test.yaml")).isEqualTo(200));
        }
    }

    private static Backend.Status one(Server server) {
        return server.upstreams().get("app").servers().getFirst();
    }

    @Test
    void isPassedOverForAnotherServer() throws Exception {
        drop();
        try (RawBackend other = RawBackend.start(call -> call.respond("ok"));
             Server server = server("'" + backend + ":" + PORT + "', '127.0.0.1:" + other.port() + "'",
                     ", ejection: {failures: 1, time: 60s}")) {
            for (int i = 0; i < 20; i++) {
                assertThat(get(server, "/app")).isEqualTo(200);
            }
            assertThat(one(server).connects()).isEqualTo(1);
            assertThat(one(server).state()).isEqualTo("ejected");
            assertThat(other.requests()).isEqualTo(20);
            assertThat(connecting()).isEmpty();
        }
    }
}
