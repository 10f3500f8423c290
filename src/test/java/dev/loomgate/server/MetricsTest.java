package dev.loomgate.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import dev.loomgate.testing.RawClient;
import io.restassured.path.json.JsonPath;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MetricsTest {
    private static final HttpClient CLIENT = HttpClient.newHttpClient();
    private static final String HEAD = "listeners: [{port: 0}]\nadmin: {port: 0}\n";

    @TempDir
    Path directory;

    private Server start(String routes) throws Exception {
        return Plan.read(Files.writeString(directory.resolve("test.yaml"), HEAD + routes)).start();
    }

    private static String get(String base, String path) throws Exception {
        return CLIENT.send(HttpRequest.newBuilder(URI.create(base + path)).build(), HttpResponse.BodyHandlers.ofString()).body();
    }

    private static String admin(Server server, String path) throws Exception {
        return get(server.adminAddress().orElseThrow(), path);
    }

    /** Samples by name and labels. */
    private static Map<String, Double> metrics(Server server) throws Exception {
        var samples = new TreeMap<String, Double>();
        Matcher line = Pattern.compile("(?m)^([a-z].*) (\\S+)$").matcher(admin(server, "/metrics"));
        while (line.find()) {
            samples.put(line.group(1), Double.valueOf(line.group(2)));
        }
        return samples;
    }

    @Test
    void agreesWithWhatTheClientCountsAndWithThePage() throws Exception {
        Files.writeString(directory.resolve("fail.sh"), "#!/bin/sh\nexit 1\n").toFile().setExecutable(true);
        try (Server server = start("""
                routes:
                - {path: /hello, handler: respond, body: hello}
                - {path: /files/**, handler: static, root: .}
                - {path: /fail, handler: cgi, script: fail.sh, mode: exec}
                """)) {
            String base = server.addresses().getFirst();
            for (int i = 0; i < 20; i++) {
                get(base, "/hello?" + i);
            }
            for (int i = 0; i < 3; i++) {
                get(base, "/files/absent-" + i);
            }
            get(base, "/fail?secret");
            get(base, "/nowhere");
            CLIENT.send(HttpRequest.newBuilder(URI.create(base + "/hello")).method("BREW", HttpRequest.BodyPublishers.noBody())
                    .build(), HttpResponse.BodyHandlers.discarding());

            // a request is counted when its response is out: the client may know before
            await().untilAsserted(() -> assertThat(JsonPath.from(admin(server, "/status.json")).getLong("requests.total"))
                    .isEqualTo(26));
            Map<String, Double> metrics = metrics(server);
            assertThat(metrics)
                    .containsEntry("http_server_requests_seconds_count{method=\"other\",route=\"/hello\",status=\"2xx\"}", 1.0)
                    .containsEntry("http_server_requests_seconds_count{method=\"GET\",route=\"/hello\",status=\"2xx\"}", 20.0)
                    .containsEntry("http_server_requests_seconds_bucket{method=\"GET\",route=\"/hello\",status=\"2xx\","
                            + "le=\"+Inf\"}", 20.0)
                    .containsEntry("http_server_requests_seconds_count{method=\"GET\",route=\"/files/**\",status=\"4xx\"}", 3.0)
                    .containsEntry("http_server_requests_seconds_count{method=\"GET\",route=\"/fail\",status=\"5xx\"}", 1.0)
                    .containsEntry("http_server_requests_seconds_count{method=\"GET\",route=\"none\",status=\"4xx\"}", 1.0)
                    .containsEntry("http_server_response_bytes_total{route=\"/hello\"}", 105.0)
                    .containsEntry("loomgate_ready", 1.0)
                    .containsKeys("process_resident_memory_bytes", "process_cpu_seconds_total", "process_files_open_files",
                            "process_start_time_seconds", "jvm_memory_used_bytes{area=\"heap\",id=\"" + survivor(metrics) + "\"}",
                            "jvm_threads_live_threads", "system_cpu_count");

            JsonPath status = JsonPath.from(admin(server, "/status.json"));
            assertThat(status.getLong("requests.total")).isEqualTo(26);
            assertThat(status.getLong("requests.errors")).isEqualTo(1);
            assertThat(status.getString("routes[0].route")).isEqualTo("/hello");
            assertThat(status.getLong("routes[0].requests")).isEqualTo(21);
            assertThat(status.getInt("errors[0].status")).isEqualTo(502);
            assertThat(status.getString("errors[0].path")).isEqualTo("/fail");
            assertThat(status.getString("errors[0].request")).isNotEmpty();
        }
    }

    private static String survivor(Map<String, Double> metrics) {
        return metrics.keySet().stream().map(Pattern.compile("jvm_memory_used_bytes\\{area=\"heap\",id=\"(.*)\"}")::matcher)
                .filter(Matcher::matches).map(match -> match.group(1)).findFirst().orElseThrow();
    }

    @Test
    void countsConnectionsByWhatTheyDoAndWhoWasTurnedAway() throws Exception {
        try (Server server = start("routes: [{path: /, handler: respond, body: hello}]\n")) {
            int port = URI.create(server.addresses().getFirst()).getPort();
            try (var fresh = RawClient.connect(port); var idle = RawClient.connect(port); var half = RawClient.connect(port)) {
                idle.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").readResponse();
                half.send("GET / HT");
                try (var wrong = RawClient.connect(port)) {
                    wrong.send("nonsense\r\n\r\n").readToEnd();
                }
                await().untilAsserted(() -> assertThat(metrics(server))
                        .containsEntry("http_server_connections{state=\"new\"}", 1.0)
                        .containsEntry("http_server_connections{state=\"idle\"}", 1.0)
                        .containsEntry("http_server_connections{state=\"header\"}", 1.0)
                        .containsEntry("http_server_connections{state=\"working\"}", 0.0)
                        .containsEntry("loomgate_rejections_total{reason=\"malformed\"}", 1.0));
                assertThat(fresh.socket().isConnected()).isTrue();
                assertThat(JsonPath.from(admin(server, "/status.json")).getInt("connections.idle")).isEqualTo(1);
            }
        }
    }

    @Test
    void tellsWhatIsMeasuredAsEvents() throws Exception {
        try (Server server = start("routes: [{path: /, handler: respond, body: hello}]\n");
                var page = RawClient.connect(URI.create(server.adminAddress().orElseThrow()).getPort())) {
            page.send("GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n");
            assertThat(page.readHead().header("Content-Type")).contains("text/event-stream");
            get(server.addresses().getFirst(), "/");
            var seen = new TreeMap<String, String>();
            double requests = 0;
            for (String event = ""; requests < 1 || !seen.containsKey("status");) {
                String line = page.readLine();
                if (line.startsWith("event: ")) {
                    event = line.substring(7);
                } else if (line.startsWith("data: ")) {
                    seen.put(event, line.substring(6));
                    if (event.equals("sample")) {
                        requests += JsonPath.from(line.substring(6)).getDouble("values.requests") > 0 ? 1 : 0;
                    }
                }
            }
            assertThat(seen).containsKeys("history", "sample", "status");
        }
    }
}
