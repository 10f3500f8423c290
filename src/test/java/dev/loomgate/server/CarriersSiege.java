package dev.loomgate.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;

import io.restassured.path.json.JsonPath;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server as it comes sees who keeps a carrier, and says so. It begins to look seconds after its start. */
class CarriersSiege {
    private static final CountDownLatch SEEN = new CountDownLatch(1);

    @TempDir
    Path directory;

    /** Its initialiser waits, which holds the carrier. */
    private static class Holder {
        static final long TIME = hold();
    }

    private static long hold() {
        try {
            SEEN.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        return System.nanoTime();
    }

    private static String admin(Server server, String path) throws Exception {
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(HttpRequest.newBuilder(URI.create(server.adminAddress().orElseThrow() + path)).build(),
                    HttpResponse.BodyHandlers.ofString()).body();
        }
    }

    @Test
    void showsWhoKeepsACarrier() throws Exception {
        Path file = Files.writeString(directory.resolve("test.yaml"),
                "listeners: [{port: 0}]\nadmin: {port: 0}\nroutes:\n- {path: /hello, handler: respond, body: hello}\n");
        try (Server server = Plan.read(file).start()) {
            Thread holder = Thread.ofVirtual().start(() -> assertThat(Holder.TIME).isPositive());
            try {
                await().atMost(Duration.ofSeconds(60)).untilAsserted(() -> {
                    assertThat(admin(server, "/metrics")).containsPattern("(?m)^loomgate_carrier_pinned_total [1-9]");
                    JsonPath status = JsonPath.from(admin(server, "/status.json"));
                    assertThat(status.getInt("carriers.pinned")).isPositive();
                    assertThat(status.getList("carriers.sites.place")).contains(CarriersSiege.class.getName() + ".hold");
                });
            } finally {
                SEEN.countDown();
                holder.join();
            }
        }
    }
}
