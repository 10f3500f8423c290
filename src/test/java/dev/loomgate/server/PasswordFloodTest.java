package dev.loomgate.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

import at.favre.lib.crypto.bcrypt.BCrypt;
import dev.loomgate.testing.RawClient;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Wrong passwords without end from one address: others sign in as before, and go on. */
class PasswordFloodTest {
    private static final int COST = 10;
    private static final int ATTACKERS = 100;

    @TempDir
    Path directory;

    private final AtomicInteger refused = new AtomicInteger();
    private final AtomicInteger turnedAway = new AtomicInteger();

    private static String request(String path, String password) {
        return request(path, "bea", password);
    }

    private static String request(String path, String user, String password) {
        return "GET " + path + " HTTP/1.1\r\nHost: a\r\nAuthorization: Basic "
                + Base64.getEncoder().encodeToString((user + ":" + password).getBytes(StandardCharsets.UTF_8)) + "\r\n\r\n";
    }

    private void attack(int port, int number, AtomicBoolean done) {
        try (RawClient client = RawClient.connectFrom("127.0.0.2", port)) {
            for (int i = 0; !done.get(); i++) {
                int status = client.send(request("/secret", "wrong " + number + " " + i)).readResponse().status();
                (status == 401 ? refused : turnedAway).incrementAndGet();
                if (status == 503) {
                    Thread.sleep(20);
                }
            }
        } catch (IOException | InterruptedException e) {
            // the end of the server, or of the test
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void keepsNobodyElseOut() throws Exception {
        String hash = BCrypt.withDefaults().hashToString(COST, "right".toCharArray());
        List<String> users = List.of("bea", "cid", "dan");
        Files.write(directory.resolve("users"), users.stream().map(user -> user + ":" + hash).toList());
        var done = new AtomicBoolean();
        try (Server server = Plan.read(Files.writeString(directory.resolve("test.yaml"), """
                listeners: [{port: 0}]
                routes:
                - {path: /secret, handler: respond, body: secret, basic-auth: {file: users}}
                - {path: /open, handler: respond, body: open}
                """)).start(); var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            int port = URI.create(server.addresses().getFirst()).getPort();
            try {
                for (int i = 0; i < ATTACKERS; i++) {
                    int number = i;
                    threads.submit(() -> attack(port, number, done));
                }
                await().atMost(Duration.ofSeconds(30)).until(() -> turnedAway.get() > 0 && refused.get() > 0);
                try (RawClient client = RawClient.connect(port)) {
                    // each is known afterwards; the best of them, as this client may be kept from asking for a while
                    int least = Integer.MAX_VALUE;
                    for (String user : users) {
                        int before = refused.get();
                        assertThat(client.send(request("/secret", user, "right")).readResponse().status()).isEqualTo(200);
                        least = Math.min(least, refused.get() - before);
                    }
                    assertThat(least).as("those whose turn came before, of 64 that wait").isLessThan(32);
                    for (int i = 0; i < 20; i++) {
                        assertThat(client.send(request("/secret", "right")).readResponse().status()).isEqualTo(200);
                        assertThat(client.send("GET /open HTTP/1.1\r\nHost: a\r\n\r\n").readResponse().status()).isEqualTo(200);
                    }
                }
                assertThat(client401(port)).isEqualTo(401);
            } finally {
                done.set(true);
            }
        }
    }

    private static int client401(int port) throws IOException {
        try (RawClient client = RawClient.connect(port)) {
            return client.send(request("/secret", "wrong")).readResponse().status();
        }
    }
}
