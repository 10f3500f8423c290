package dev.loomgate.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import dev.loomgate.testing.Programs;
import dev.loomgate.testing.RawClient;
import dev.loomgate.testing.ScriptDirectory;
import io.restassured.path.json.JsonPath;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What goes on as it was at a reload: limits that clients have used up, and counts. */
class ReloadCountsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String HEAD = "listeners: [{port: 0}]\nadmin: {port: 0}\n";

    @TempDir
    Path directory;
    private final List<Server> servers = new ArrayList<>();

    @AfterEach
    void stop() {
        servers.reversed().forEach(Server::close);
    }

    private Plan plan(String yaml) throws Exception {
        return Plan.read(Files.writeString(directory.resolve("test.yaml"), HEAD + yaml));
    }

    private Server start(String yaml) throws Exception {
        Server server = plan(yaml).start();
        servers.add(server);
        return server;
    }

    private static int port(Server server) {
        return URI.create(server.addresses().getFirst()).getPort();
    }

    private static RawClient.Response get(int port, String path) throws IOException {
        try (RawClient client = RawClient.connect(port)) {
            return client.send("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").readResponse();
        }
    }

    private static int status(Server server, String path) throws IOException {
        return get(port(server), path).status();
    }

    /** Samples that only go up, by name and labels. */
    private static Map<String, Double> counters(Server server) throws IOException {
        var samples = new TreeMap<String, Double>();
        String text = get(URI.create(server.adminAddress().orElseThrow()).getPort(), "/metrics").body();
        Matcher line = Pattern.compile("(?m)^(\\w+_(?:total|count|sum)(?:\\{.*})?) (\\S+)$").matcher(text);
        while (line.find()) {
            samples.put(line.group(1), Double.valueOf(line.group(2)));
        }
        return samples;
    }

    @Test
    void givesNoClientNewTokens() throws Exception {
        String route = "guard: {request-rate: {rate: 1, per: day, burst: 9}}\n"
                + "routes: [{path: /, handler: respond, body: %s, request-rate: {rate: 1, per: day, burst: %d}}]\n";
        Server server = start(route.formatted("one", 2));
        assertThat(List.of(status(server, "/"), status(server, "/"), status(server, "/"))).containsExactly(200, 200, 429);
        server.reload(plan(route.formatted("two", 2)));
        assertThat(status(server, "/")).isEqualTo(429);
        // two are missing of four
        server.reload(plan(route.formatted("three", 4)));
        assertThat(List.of(status(server, "/"), status(server, "/"), status(server, "/"))).containsExactly(200, 200, 429);
        // those of all requests: seven have been asked, nine may be
        server.reload(plan("guard: {request-rate: {rate: 1, per: day, burst: 9}}\nroutes: [{path: /, handler: respond}]\n"));
        assertThat(List.of(status(server, "/"), status(server, "/"), status(server, "/"))).containsExactly(200, 200, 429);
    }

    @Test
    void countsRequestsOfBothConfigurationsAgainstALimit() throws Exception {
        Files.writeString(directory.resolve("wait.sh"), "#!/bin/sh\nprintf 'Content-Type: text/plain\\n\\n'\n: > began\n"
                + "while [ ! -e go ]; do sleep 0.05; done\n").toFile().setExecutable(true);
        String route = "routes: [{path: /, handler: cgi, script: wait.sh, mode: exec, concurrent-requests: 1}]\n";
        Server server = start(route);
        try (RawClient client = RawClient.connect(port(server))) {
            client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
            await().until(() -> Files.exists(directory.resolve("began")));
            server.reload(plan(route));
            assertThat(status(server, "/")).isEqualTo(503);
            Files.createFile(directory.resolve("go"));
            assertThat(client.readResponse().status()).isEqualTo(200);
        }
        await().untilAsserted(() -> assertThat(status(server, "/")).isEqualTo(200));
    }

    @Test
    void countsOnFromWhereItWas() throws Exception {
        Programs.require("perl", "perl");
        new ScriptDirectory(directory).perl("a.pl", "print \"Content-Type: text/plain\\n\\n$$ \", getppid();");
        Server backend = start("routes: [{path: /**, handler: respond, body: hello}]\n");
        String routes = """
                guard: {max-connections-per-address: 1000}
                routes:
                - {path: /a, handler: cgi, script: a.pl, mode: forkserver}
                - {path: /proxy/**, handler: proxy, to: "%s"}
                - {path: /limited, handler: respond, request-rate: {rate: 1, per: day, burst: 1}}
                %s""";
        String address = backend.addresses().getFirst();
        Server server = start(routes.formatted(address, "- {path: /b, handler: cgi, script: a.pl, mode: forkserver}\n"));
        for (String path : List.of("/a", "/a", "/b", "/proxy/", "/limited", "/limited")) {
            get(port(server), path);
        }
        String driver = get(port(server), "/a").body().split(" ")[1];
        assertThat(new ProcessBuilder("kill", "-9", driver).start().waitFor()).isZero();
        await().atMost(PATIENCE).untilAsserted(() -> {
            assertThat(get(port(server), "/a").status()).isEqualTo(200);
            assertThat(counters(server)).containsEntry("loomgate_gateway_restarts_total{route=\"/a\"}", 1.0);
        });

        var reloads = new AtomicInteger();
        Map<String, Double> before = counters(server);
        assertThat(before).containsEntry("loomgate_gateway_forks_total{route=\"/b\"}", 1.0)
                .containsEntry("loomgate_rejections_total{reason=\"request-rate\"}", 1.0);
        assertThat(before.keySet()).anyMatch(name -> name.startsWith("loomgate_upstream_requests_total"));
        // the second one has no route /b any more
        for (String more : List.of("- {path: /b, handler: cgi, script: a.pl, mode: forkserver}\n", "")) {
            server.reload(plan(routes.formatted(address, more)));
            assertThat(status(server, "/limited")).isEqualTo(429);
            assertNoneIsLess(before, counters(server));
            assertThat(get(port(server), "/a").status()).isEqualTo(200);
            assertThat(get(port(server), "/proxy/").status()).isEqualTo(200);
            await().until(() -> server.revisionCounts().get("retiring") == 0);
            Map<String, Double> after = counters(server);
            assertNoneIsLess(before, after);
            reloads.incrementAndGet();
            assertThat(after).containsEntry("loomgate_rejections_total{reason=\"request-rate\"}", 1.0 + reloads.get());
            before.forEach((name, value) -> {
                if (name.startsWith("loomgate_upstream_requests") || name.startsWith("loomgate_gateway_forks_total{route=\"/a\"}")) {
                    assertThat(after.get(name)).as(name).isEqualTo(value + 1);
                }
            });
            before = after;
        }
        JsonPath status = JsonPath.from(server.statusJson());
        assertThat(status.getLong("gateways[0].load.forks")).isEqualTo(before.get("loomgate_gateway_forks_total{route=\"/a\"}").longValue());
        assertThat(status.getInt("gateways[0].workers.restarts")).isEqualTo(1);
        assertThat(status.getString("gateways[0].workers.lastEnd")).contains("a.pl (fork server, process " + driver + ")", "signal 9");
        assertThat(status.getLong("upstreams.values()[0].servers[0].requests")).isEqualTo(3);
    }

    private static void assertNoneIsLess(Map<String, Double> before, Map<String, Double> after) {
        before.forEach((name, value) -> assertThat(after.getOrDefault(name, -1.0)).as(name).isGreaterThanOrEqualTo(value));
    }
}
