package dev.loomgate.gateway.mainprogram;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;

import io.helidon.webserver.http.HttpRouting;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import dev.loomgate.testing.RawClient;
import dev.loomgate.testing.TestServer;

/** Many requests at once, and large answers. */
class MainProgramScaleTest {
    private static final int MANY = 2_000;

    @TempDir
    private Path top;
    private MainProgramGateway gateway;
    private TestServer server;

    @AfterEach
    void stop() {
        server.close();
        gateway.close();
    }

    private void serve(String name, String body) throws Exception {
        gateway = new MainProgramGateway("/p", ProgramSettings.of(ProgramSource.jar(top, name,
                "public class " + name + " { " + body + " }")));
        server = TestServer.start(HttpRouting.builder().any(gateway));
    }

    @Test
    void thousandsOfRequestsWaitAtOnce() throws Exception {
        serve("Waiting", """
                static String query;
                public static void main(String[] args) throws Exception {
                    query = System.getenv("QUERY_STRING");
                    System.in.read();
                    System.out.print("Content-Type: text/plain\\n\\n" + query);
                }""");
        var clients = new ArrayList<RawClient>();
        try {
            // long bodies, which programs read as they come: each waits for its last byte
            String rest = "x".repeat(70_000);
            for (int i = 0; i < MANY; i++) {
                RawClient client = RawClient.connect(server.port());
                client.readTimeout(Duration.ofSeconds(60));
                clients.add(client);
                client.send("GET /p?" + i + " HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 70000\r\n\r\n");
            }
            for (RawClient client : clients) {
                assertThat(client.readResponse().status()).isEqualTo(100);
            }
            for (RawClient client : clients) {
                client.send(rest);
            }
            for (int i = 0; i < MANY; i++) {
                assertThat(clients.get(i).readResponse().body()).isEqualTo(String.valueOf(i));
            }
        } finally {
            for (RawClient client : clients) {
                client.close();
            }
        }
        Awaitility.await().until(() -> gateway.running() == 0);
    }

    @Test
    void thousandsOfProgramsSleepAtOnce() throws Exception {
        serve("Sleeping", """
                public static void main(String[] args) throws Exception {
                    Thread.sleep(2_000);
                    System.out.print("Content-Type: text/plain\\n\\nawake");
                }""");
        var clients = new ArrayList<RawClient>();
        try {
            for (int i = 0; i < MANY; i++) {
                RawClient client = RawClient.connect(server.port());
                client.readTimeout(Duration.ofSeconds(60));
                clients.add(client.send("GET /p HTTP/1.1\r\nHost: h\r\n\r\n"));
            }
            for (RawClient client : clients) {
                assertThat(client.readResponse().body()).isEqualTo("awake");
            }
        } finally {
            for (RawClient client : clients) {
                client.close();
            }
        }
    }

    @Test
    void streamsAHundredMegabytesAndWaitsForAClientThatDoesNotRead() throws Exception {
        serve("Flood", """
                static final byte[] PIECE = new byte[100_000];
                public static void main(String[] args) throws Exception {
                    System.out.print("Content-Type: application/octet-stream\\nContent-Length: 100000000\\n\\n");
                    for (int i = 0; i < 1_000; i++) {
                        System.out.write(PIECE, 0, PIECE.length);
                        if (i % 10 == 0) { System.err.println("piece " + i); }
                    }
                }""");
        try (var log = dev.loomgate.testing.LogCapture.of("dev.loomgate.gateway.stderr");
             RawClient client = RawClient.connect(server.port())) {
            client.readTimeout(Duration.ofSeconds(60));
            client.send("GET /p HTTP/1.1\r\nHost: h\r\n\r\n");
            Awaitility.await().until(() -> {
                int before = log.lines().size();
                return before > 0 && stays(log, before);
            });
            assertThat(log.lines().size()).isLessThan(20);
            while (!client.readLine().isEmpty()) {
                // the header
            }
            InputStream in = client.stream();
            in.skipNBytes(100_000_000);
        }
    }

    private static boolean stays(dev.loomgate.testing.LogCapture log, int before) {
        return Awaitility.await().pollDelay(Duration.ofMillis(500)).until(() -> log.lines().size(), lines -> true) == before;
    }
}
