package dev.loomgate.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import dev.loomgate.testing.Programs;
import dev.loomgate.testing.RawClient;
import io.restassured.path.json.JsonPath;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AccessLogTest {
    private static final Pattern COMBINED =
            Pattern.compile("(\\S+) - - \\[([^]]+)] \"([^\"]*)\" (\\d{3}) (\\d+) \"([^\"]*)\" \"([^\"]*)\"");

    @TempDir
    Path directory;

    private Server start(String access, String routes) throws Exception {
        return Plan.read(Files.writeString(directory.resolve("test.yaml"), "listeners: [{port: 0}]\nlog: {access: " + access
                + "}\nroutes:\n" + routes)).start();
    }

    private static RawClient connect(Server server) throws Exception {
        return RawClient.connect(URI.create(server.addresses().getFirst()).getPort());
    }

    private List<String> lines() throws IOException {
        return Files.readAllLines(directory.resolve("access.log"));
    }

    @Test
    void writesTheCombinedFormat() throws Exception {
        try (Server server = start("access.log", "- {path: /hello, handler: respond, body: hello}\n")) {
            try (RawClient client = connect(server)) {
                client.send("GET /hello?a=%22b\" HTTP/1.1\r\nHost: a\r\nReferer: http://x/\"y\\\r\nUser-Agent: t\u00e9st/1\r\n\r\n")
                        .readResponse();
                client.send("POST /none HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n").readResponse();
            }
            server.stop();
        }
        Matcher line = COMBINED.matcher(lines().getFirst());
        assertThat(line.matches()).as(lines().getFirst()).isTrue();
        assertThat(line.group(1)).isEqualTo("127.0.0.1");
        OffsetDateTime time = OffsetDateTime.parse(line.group(2), DateTimeFormatter.ofPattern("dd/MMM/yyyy:HH:mm:ss Z", Locale.ROOT));
        assertThat(time).isBetween(OffsetDateTime.now().minusMinutes(2), OffsetDateTime.now());
        assertThat(line.group(3)).isEqualTo("GET /hello?a=%22b\\x22 HTTP/1.1");
        assertThat(line.group(4)).isEqualTo("200");
        assertThat(line.group(5)).isEqualTo("5");
        assertThat(line.group(6)).isEqualTo("http://x/\\x22y\\x5c");
        assertThat(line.group(7)).startsWith("t\\x").endsWith("st/1");
        assertThat(lines().get(1)).contains("\"POST /none HTTP/1.1\" 404 ").endsWith(" \"-\" \"-\"");
    }

    @Test
    void leavesRoutesOutThatNobodyWantsToReadOf() throws Exception {
        try (Server server = start("{file: access.log, except: [/health, '/assets/**']}", """
                - {path: /health, handler: respond, body: well}
                - {path: [/assets/**, /images/**], handler: respond, body: much}
                - {path: /hello, handler: respond, body: hello}
                """); RawClient client = connect(server)) {
            for (String path : List.of("/health", "/assets/a.css", "/images/a.png", "/hello", "/none")) {
                client.send("GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n").readResponse();
            }
            server.stop();
        }
        assertThat(lines()).extracting(line -> line.split(" ")[6]).containsExactly("/images/a.png", "/hello", "/none");
    }

    @Test
    void writesWhatCombinedHasNoPlaceFor() throws Exception {
        Files.writeString(directory.resolve("a.sh"), "#!/bin/sh\nprintf 'Content-Type: text/plain\\n\\nscript'\n")
                .toFile().setExecutable(true);
        try (Server server = start("{file: access.log, format: json}", "- {path: /s, handler: cgi, script: a.sh, mode: exec}\n");
                RawClient client = connect(server)) {
            client.send("GET /s?q HTTP/1.1\r\nHost: a\r\ntraceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n"
                    + "User-Agent: \"t\\\r\n\r\n").readResponse();
            server.stop();
        }
        JsonPath line = JsonPath.from(lines().getFirst());
        assertThat(line.getString("client")).isEqualTo("127.0.0.1");
        assertThat(line.getString("method")).isEqualTo("GET");
        assertThat(line.getString("path")).isEqualTo("/s");
        assertThat(line.getString("query")).isEqualTo("q");
        assertThat(line.getInt("status")).isEqualTo(200);
        assertThat(line.getInt("bytes")).isEqualTo(6);
        assertThat(line.getString("route")).isEqualTo("/s");
        assertThat(line.getDouble("upstream")).isPositive().isLessThanOrEqualTo(line.getDouble("duration"));
        assertThat(line.getString("trace_id")).isEqualTo("0af7651916cd43dd8448eb211c80319c");
        assertThat(line.getString("user_agent")).isEqualTo("\"t\\");
        assertThat(line.getString("request_id")).isNotBlank();
        assertThat(OffsetDateTime.parse(line.getString("time")))
                .isBetween(OffsetDateTime.now().minusMinutes(2), OffsetDateTime.now().plusSeconds(1));
    }

    @Test
    void tellsHowLongAServerBehindAndAProgramTook() throws Exception {
        Programs.require("php-cgi", "php-cgi");
        Files.writeString(directory.resolve("slow.sh"), "#!/bin/sh\nsleep 0.1\nprintf 'Content-Type: text/plain\\n\\nscript'\n")
                .toFile().setExecutable(true);
        Files.writeString(directory.resolve("slow.php"), "<?php usleep(100000); echo 'php';");
        Path behind = Files.writeString(Files.createDirectories(directory.resolve("behind")).resolve("test.yaml"),
                "listeners: [{port: 0}]\nroutes: [{path: /app/slow, handler: cgi, script: ../slow.sh, mode: exec}]\n");
        try (Server backend = Plan.read(behind).start(); Server server = start("{file: access.log, format: json}", """
                - {path: /app/**, handler: proxy, to: '%s'}
                - {path: /php/**, handler: fastcgi, root: ., command: php-cgi}
                - {path: /here, handler: respond}
                """.formatted(backend.addresses().getFirst())); RawClient client = connect(server)) {
            for (String path : List.of("/app/slow", "/php/slow.php", "/app/absent", "/here")) {
                client.readTimeout(Duration.ofSeconds(60)).send("GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n").readResponse();
            }
            server.stop();
        }
        List<JsonPath> lines = lines().stream().map(JsonPath::from).toList();
        assertThat(lines).hasSize(4);
        for (JsonPath line : lines.subList(0, 2)) {
            assertThat(line.getInt("status")).isEqualTo(200);
            assertThat(line.getDouble("upstream")).as(line.getString("path")).isGreaterThanOrEqualTo(0.1)
                    .isLessThanOrEqualTo(line.getDouble("duration"));
        }
        // it has answered, if only that there is no such page
        assertThat(lines.get(2).getInt("status")).isEqualTo(404);
        assertThat(lines.get(2).getDouble("upstream")).isPositive().isLessThanOrEqualTo(lines.get(2).getDouble("duration"));
        assertThat(lines.get(3).<Object>get("upstream")).isNull();
    }

    @Test
    void extendsTheCombinedFormat() throws Exception {
        try (Server server = start("{file: access.log, format: extended}", "- {path: /hello, handler: respond}\n");
                RawClient client = connect(server)) {
            client.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n").readResponse();
            server.stop();
        }
        assertThat(lines().getFirst())
                .matches(".* \"-\" \"-\" duration=\\d+\\.\\d{6} upstream=- route=\"/hello\" request=\"\\S+\" trace=-");
    }

    @Test
    void losesNoLineWhenTheServerStops() throws Exception {
        int clients = 8;
        int each = 500;
        try (Server server = start("access.log", "- {path: /**, handler: respond}\n");
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < clients; i++) {
                String name = "c" + i;
                threads.submit(() -> {
                    try (RawClient client = connect(server)) {
                        for (int n = 0; n < each; n++) {
                            client.send("GET /" + name + "/" + n + "/" + "x".repeat(n) + " HTTP/1.1\r\nHost: a\r\n\r\n")
                                    .readResponse();
                        }
                    }
                    return null;
                });
            }
            threads.shutdown();
            assertThat(threads.awaitTermination(60, TimeUnit.SECONDS)).isTrue();
            server.stop();
        }
        assertThat(lines()).hasSize(clients * each).allMatch(line -> COMBINED.matcher(line).matches()).doesNotHaveDuplicates();
    }

    @Test
    void goesOnInANewFileWhenTheOldOneIsMovedAway() throws Exception {
        try (Server server = start("access.log", "- {path: /**, handler: respond}\n"); RawClient client = connect(server)) {
            client.send("GET /old HTTP/1.1\r\nHost: a\r\n\r\n").readResponse();
            await().atMost(Duration.ofSeconds(20)).untilAsserted(() -> assertThat(lines()).hasSize(1));
            Files.move(directory.resolve("access.log"), directory.resolve("access.log.1"));
            server.reopenLogs();
            await().until(() -> Files.exists(directory.resolve("access.log")));
            client.send("GET /new HTTP/1.1\r\nHost: a\r\n\r\n").readResponse();
            await().atMost(Duration.ofSeconds(20)).untilAsserted(() -> assertThat(lines()).hasSize(1));
        }
        assertThat(lines().getFirst()).contains("GET /new ");
        assertThat(Files.readAllLines(directory.resolve("access.log.1"))).hasSize(1).allMatch(line -> line.contains("GET /old "));
    }

    @Test
    void keepsWhatIsInTheFileAndSaysIfItCannotBeOpened() throws Exception {
        Files.writeString(directory.resolve("access.log"), "before\n");
        try (Server server = start("access.log", "- {path: /**, handler: respond}\n"); RawClient client = connect(server)) {
            client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").readResponse();
            server.stop();
        }
        assertThat(lines()).hasSize(2).startsWith("before");
        assertThatThrownBy(() -> start("/proc/access.log", "- {path: /**, handler: respond}\n"))
                .isInstanceOf(IOException.class).hasMessageContaining("the access log can't be opened").hasMessageContaining("/proc");
    }
}
