package dev.loomgate.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;

import dev.loomgate.testing.RawBackend;
import dev.loomgate.testing.RawClient;
import io.restassured.path.json.JsonPath;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AdminTest {
    private static final HttpClient CLIENT = HttpClient.newHttpClient();
    private static final String HEAD = "listeners: [{port: 0}]\nadmin: {port: 0}\n";
    private static final String ROUTES = "routes: [{path: /, handler: respond, body: hello}]\n";

    @TempDir
    Path directory;

    private Server start(String yaml) throws Exception {
        return Plan.read(Files.writeString(directory.resolve("test.yaml"), yaml)).start();
    }

    private static HttpResponse<String> get(Server server, String path) throws Exception {
        return CLIENT.send(HttpRequest.newBuilder(URI.create(server.adminAddress().orElseThrow() + path)).build(),
                HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void showsTheStatusThatPartsTellOf() throws Exception {
        try (Server server = start(HEAD + ROUTES)) {
            server.status().section("part", () -> Map.of("figure", 7));
            server.status().section("broken", () -> {
                throw new IllegalStateException("out of order");
            });
            HttpResponse<String> response = get(server, "/status.json");
            assertThat(response.headers().firstValue("Content-Type")).contains("application/json");
            assertThat(response.headers().firstValue("Cache-Control")).contains("no-store");
            JsonPath status = JsonPath.from(response.body());
            assertThat(status.getLong("server.pid")).isEqualTo(ProcessHandle.current().pid());
            assertThat(status.getDouble("server.uptime")).isPositive();
            assertThat(status.getList("listeners")).isEqualTo(server.addresses());
            assertThat(status.getInt("part.figure")).isEqualTo(7);
            assertThat(status.getString("broken.error")).isEqualTo("out of order");
            assertThat(status.getBoolean("health.ready")).isTrue();
            assertThat(get(server, "/nowhere").statusCode()).isEqualTo(404);
            HttpResponse<String> head = CLIENT.send(HttpRequest.newBuilder(URI.create(server.adminAddress().orElseThrow()
                    + "/health/ready")).method("HEAD", HttpRequest.BodyPublishers.noBody()).build(),
                    HttpResponse.BodyHandlers.ofString());
            assertThat(head.statusCode()).isEqualTo(200);
        }
    }

    @Test
    void tellsOfHealthWithTheCauses() throws Exception {
        try (Server server = start(HEAD + ROUTES)) {
            assertThat(get(server, "/health/live").body()).contains("\"status\":\"UP\"");
            assertThat(get(server, "/health/ready").statusCode()).isEqualTo(200);

            server.health().watch("cache", () -> Optional.of("cold"));
            HttpResponse<String> troubled = get(server, "/health/ready");
            assertThat(troubled.statusCode()).isEqualTo(200);
            assertThat(troubled.body()).contains("\"name\":\"cache\",\"status\":\"DOWN\"", "cold");

            server.health().notReady("maintenance", "the disk is being changed");
            HttpResponse<String> down = get(server, "/health/ready");
            assertThat(down.statusCode()).isEqualTo(503);
            assertThat(down.body()).startsWith("{\"status\":\"DOWN\"").contains("maintenance", "the disk is being changed");
            assertThat(get(server, "/health/live").statusCode()).isEqualTo(200);

            server.health().clear("maintenance");
            assertThat(get(server, "/health/ready").statusCode()).isEqualTo(200);
        }
    }

    @Test
    void namesProgramsThatAreMissing() throws Exception {
        try (Server server = start(HEAD + "routes: [{path: /**, handler: fastcgi, root: ., command: no-such-responder}]\n")) {
            HttpResponse<String> ready = get(server, "/health/ready");
            assertThat(ready.statusCode()).isEqualTo(200);
            assertThat(ready.body()).contains("\"name\":\"programs\",\"status\":\"DOWN\"",
                    "no-such-responder is missing, needed by route /**; on Debian: apt-get install");
            await().atMost(Duration.ofSeconds(60)).untilAsserted(() -> assertThat(JsonPath.from(get(server, "/status.json").body())
                    .getString("gateways[0].trouble")).contains("no-such-responder"));
        }
    }

    @Test
    void namesServersThatAreDownUntilTheyAreBack() throws Exception {
        RawBackend lost = RawBackend.start(call -> call.respond("ok"));
        int port = lost.port();
        try (lost; RawBackend stays = RawBackend.start(call -> call.respond("ok")); Server server = start(HEAD + """
                upstreams:
                  shop: {servers: ['127.0.0.1:%1$d', '127.0.0.1:%2$d'], health: {path: /, interval: 50ms, healthy: 1, unhealthy: 1}}
                  lone: {servers: ['127.0.0.1:%2$d'], health: {path: /, interval: 50ms, healthy: 1, unhealthy: 1}}
                routes:
                - {path: /shop/**, handler: proxy, upstream: shop}
                - {path: /lone/**, handler: proxy, upstream: lone}
                """.formatted(stays.port(), port))) {
            await().untilAsserted(() -> assertThat(get(server, "/health/ready").body()).doesNotContain("upstreams"));
            lost.close();
            String ill = "127.0.0.1:" + port + " is ill";
            await().untilAsserted(() -> assertThat(get(server, "/health/ready").body()).contains(
                    "\"name\":\"upstreams\",\"status\":\"DOWN\"", "lone has no server at work: " + ill, "shop: " + ill));
            // what others serve goes on, so those in front may go on sending requests
            assertThat(get(server, "/health/ready").statusCode()).isEqualTo(200);
            assertThat(JsonPath.from(get(server, "/status.json").body()).getString("health.troubles.upstreams")).contains(ill);
            try (RawBackend again = RawBackend.start(port, call -> call.respond("ok"))) {
                await().untilAsserted(() -> assertThat(get(server, "/health/ready").body()).doesNotContain("upstreams"));
                assertThat(again.requests()).isPositive();
            }
        }
    }

    @Test
    void namesAGatewayWhoseProgramEndsAtOnce() throws Exception {
        try (Server server = start(HEAD + "routes: [{path: /**, handler: fastcgi, root: ., command: /bin/false}]\n")) {
            await().atMost(Duration.ofSeconds(60)).untilAsserted(() -> assertThat(get(server, "/health/ready").body())
                    .contains("\"name\":\"gateways\",\"status\":\"DOWN\"", "/**: ", "/bin/false"));
            assertThat(get(server, "/health/ready").statusCode()).isEqualTo(200);
        }
    }

    @Test
    void saysThatItDrainsWhileRequestsEnd() throws Exception {
        Files.writeString(directory.resolve("wait.sh"), "#!/bin/sh\nprintf 'Content-Type: text/plain\\n\\n'\n"
                + ": > " + directory.resolve("began") + "\nwhile [ ! -e " + directory.resolve("go")
                + " ]; do sleep 0.05; done\n").toFile().setExecutable(true);
        Server server = start(HEAD + "routes: [{path: /, handler: cgi, script: wait.sh, mode: exec}]\n");
        String admin = server.adminAddress().orElseThrow();
        try (var client = RawClient.connect(URI.create(server.addresses().getFirst()).getPort())) {
            client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
            await().until(() -> Files.exists(directory.resolve("began")));
            var stopped = new CountDownLatch(1);
            Thread.ofVirtual().start(() -> {
                server.stop();
                stopped.countDown();
            });
            await().untilAsserted(() -> {
                HttpResponse<String> ready = get(server, "/health/ready");
                assertThat(ready.statusCode()).isEqualTo(503);
                assertThat(ready.body()).contains("draining");
            });
            assertThat(get(server, "/health/live").statusCode()).isEqualTo(200);
            Files.createFile(directory.resolve("go"));
            stopped.await();
            assertThatThrownBy(() -> CLIENT.send(HttpRequest.newBuilder(URI.create(admin + "/health/live")).build(),
                    HttpResponse.BodyHandlers.ofString())).isInstanceOf(IOException.class);
        } finally {
            server.close();
        }
    }

    @Test
    void isNotThereUnlessAskedFor() throws Exception {
        try (Server none = start("listeners: [{port: 0}]\n" + ROUTES);
                Server off = start("listeners: [{port: 0}]\nadmin: off\n" + ROUTES)) {
            assertThat(none.adminAddress()).isEmpty();
            assertThat(off.adminAddress()).isEmpty();
        }
    }

    @Test
    void saysWhatToDoIfItsPortIsTaken() throws Exception {
        try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            assertThatThrownBy(() -> start("listeners: [{port: 0}]\nadmin: {port: " + taken.getLocalPort() + "}\n" + ROUTES))
                    .isInstanceOf(BindException.class)
                    .hasMessageContaining("can't listen on 127.0.0.1:" + taken.getLocalPort())
                    .hasMessageEndingWith("stop it, or set another port under admin, or 'admin: off'");
        }
    }

    @Test
    void answersNobodyWhoUsesAnotherName() throws Exception {
        try (Server server = start(HEAD + ROUTES)) {
            int port = URI.create(server.adminAddress().orElseThrow()).getPort();
            for (String name : new String[]{"localhost:" + port, "127.0.0.1", "[::1]:" + port}) {
                assertThat(answer(port, name)).as(name).startsWith("HTTP/1.1 200 ");
            }
            for (String name : new String[]{"evil.example:" + port, "localhost.evil.example", "127.0.0.1.evil.example"}) {
                assertThat(answer(port, name)).as(name).startsWith("HTTP/1.1 421 ").doesNotContain("\"pid\"");
            }
        }
    }

    private static String answer(int port, String host) throws Exception {
        try (var client = RawClient.connect(port)) {
            client.send("GET /status.json HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n");
            return client.readToEnd();
        }
    }
}
