package dev.loomgate.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;

import dev.loomgate.testing.RawClient;
import io.restassured.path.json.JsonPath;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Half a minute of more than the server can do, of which the operator wants to see everything. */
class OverloadedStatusSiege {
    private static final Duration LENGTH = Duration.ofSeconds(30);
    private static final int CLIENTS = 300;

    @TempDir
    Path directory;

    @Test
    void staysLiveAndShowsTheReasons() throws Exception {
        CompiledClasses.compile(directory.resolve("classes"), "Busy", """
                import io.helidon.webserver.http.*;
                public final class Busy implements Handler {
                    public void handle(ServerRequest request, ServerResponse response) {
                        long end = System.nanoTime() + 50_000_000;
                        while (System.nanoTime() < end) { Thread.onSpinWait(); }
                        response.send("done");
                    }
                }
                """);
        Files.writeString(directory.resolve("slow.sh"), "#!/bin/sh\nsleep 1\nprintf 'Content-Type: text/plain\\n\\ndone'\n")
                .toFile().setExecutable(true);
        Path file = Files.writeString(directory.resolve("test.yaml"), """
                listeners: [{port: 0}]
                admin: {port: 0}
                guard: {max-connections: 200}
                routes:
                - {path: /busy, handler: java, class: Busy, class-path: classes}
                - {path: /few, handler: respond, request-rate: {rate: 5, per: second, of: all}}
                - {path: /one, handler: java, class: Busy, class-path: classes, concurrent-requests: {limit: 1, queue: 1}}
                - {path: /slow, handler: cgi, script: slow.sh, mode: exec, max-processes: 2, max-queue: 2, queue-timeout: 500ms}
                """);
        try (Server server = Plan.read(file).start(); var threads = Executors.newVirtualThreadPerTaskExecutor();
                HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
            int port = URI.create(server.addresses().getFirst()).getPort();
            String admin = server.adminAddress().orElseThrow();
            var done = new AtomicBoolean();
            var answered = new LongAdder();
            for (int i = 0; i < CLIENTS; i++) {
                threads.submit(() -> attack(port, done, answered));
            }
            var waits = new ArrayList<Long>();
            long end = System.nanoTime() + LENGTH.toNanos();
            JsonPath status = null;
            while (System.nanoTime() < end) {
                long begun = System.nanoTime();
                status = JsonPath.from(client.send(HttpRequest.newBuilder(URI.create(admin + "/status.json"))
                        .timeout(Duration.ofSeconds(10)).build(), HttpResponse.BodyHandlers.ofString()).body());
                assertThat(client.send(HttpRequest.newBuilder(URI.create(admin + "/metrics")).timeout(Duration.ofSeconds(10))
                        .build(), HttpResponse.BodyHandlers.ofString()).statusCode()).isEqualTo(200);
                waits.add(System.nanoTime() - begun);
                Thread.sleep(250);
            }
            done.set(true);
            waits.sort(null);
            System.out.printf("%d looks, the median took %d ms, the longest %d ms; %d answers to clients%n", waits.size(),
                    waits.get(waits.size() / 2) / 1_000_000, waits.getLast() / 1_000_000, answered.sum());
            assertThat(waits.getLast()).isLessThan(Duration.ofSeconds(8).toNanos());

            Map<String, Integer> reasons = status.getMap("rejections");
            assertThat(reasons).containsKeys("connections", "request-rate", "concurrent-requests", "gateway-places");
            assertThat(status.getLong("requests.errors")).isPositive();
            assertThat(status.getList("errors")).isNotEmpty();
            // the plots have a value for nearly every second
            try (RawClient page = RawClient.connect(URI.create(admin).getPort())) {
                page.send("GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n").readHead();
                String line = page.readLine();
                while (!line.startsWith("data: ")) {
                    line = page.readLine();
                }
                assertThat(JsonPath.from(line.substring(6)).getList("times")).hasSizeGreaterThan((int) LENGTH.toSeconds() / 2);
            }
        }
    }

    private static Void attack(int port, AtomicBoolean done, LongAdder answered) throws InterruptedException {
        String[] paths = {"/busy", "/few", "/one", "/slow"};
        while (!done.get()) {
            try (RawClient client = RawClient.connect(port)) {
                for (int i = 0; i < 20 && !done.get(); i++) {
                    String path = paths[ThreadLocalRandom.current().nextInt(paths.length)];
                    client.send("GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n").readResponse();
                    answered.increment();
                }
            } catch (IOException e) {
                // turned away, as many are; not at once again, for the sake of this machine
                Thread.sleep(20);
            }
        }
        return null;
    }
}
