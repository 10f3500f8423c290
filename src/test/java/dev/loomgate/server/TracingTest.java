package dev.loomgate.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import dev.loomgate.testing.Concurrent;
import dev.loomgate.testing.RawClient;
import dev.loomgate.testing.TestServer;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.HttpRouting;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Concurrent
class TracingTest {
    private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
    private static final String CALLER = "b7ad6b7169203331";
    private static final String PARENT = "traceparent: 00-" + TRACE + "-" + CALLER + "-01\r\n";

    @TempDir
    Path directory;

    private Server start(String head) throws Exception {
        Files.writeString(directory.resolve("a.sh"), """
                #!/bin/sh
                printf 'Content-Type: text/plain\\n\\n%s|%s' "$TRACEPARENT" "$HTTP_TRACEPARENT"
                """).toFile().setExecutable(true);
        return Plan.read(Files.writeString(directory.resolve("test.yaml"), "listeners: [{port: 0}]\n" + head
                + "routes: [{path: /s/**, handler: cgi, script: a.sh, mode: exec}]\n")).start();
    }

    private static String ask(Server server, String headers) throws Exception {
        try (RawClient client = RawClient.connect(URI.create(server.addresses().getFirst()).getPort())) {
            return client.send("GET /s/x HTTP/1.1\r\nHost: a\r\n" + headers + "\r\n").readResponse().body();
        }
    }

    @Test
    void passesTheTraceOfTheCallerOnToScripts() throws Exception {
        try (Server server = start("")) {
            String parent = "00-" + TRACE + "-" + CALLER + "-01";
            assertThat(ask(server, PARENT)).isEqualTo(parent + "|" + parent);
            assertThat(ask(server, "")).isEqualTo("|");
        }
    }

    @Test
    void sendsASpanAndMakesItTheParentOfTheScript() throws Exception {
        List<String> received = new CopyOnWriteArrayList<>();
        try (TestServer collector = TestServer.start(HttpRouting.builder().post("/v1/traces", (request, response) -> {
            // protobuf: identifiers are bytes, texts are texts
            received.add(request.headers().get(HeaderNames.create("x-key")).get()
                    + new String(request.content().as(byte[].class), StandardCharsets.ISO_8859_1));
            response.send();
        })); Server server = start("tracing: {otlp: '" + collector.uri("") + "', service: shop, headers: {x-key: secret}}\n")) {
            String[] seen = ask(server, PARENT).split("\\|");
            assertThat(seen[0]).isEqualTo(seen[1]).startsWith("00-" + TRACE + "-").endsWith("-01").doesNotContain(CALLER);
            String own = ask(server, "").split("\\|")[0];
            assertThat(own).matches("00-[0-9a-f]{32}-[0-9a-f]{16}-0[13]").doesNotContain(TRACE);

            await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> assertThat(String.join("", received))
                    .contains(bytes(TRACE), bytes(CALLER), bytes(seen[0].substring(36, 52)), bytes(own.substring(3, 35))));
            assertThat(received.getFirst()).startsWith("secret");
            assertThat(String.join("", received)).contains("GET /s/**", "http.route", "http.response.status_code", "/s/x", "shop");
        }
    }

    @Test
    void tracesOnlyWhatIsSampled() throws Exception {
        try (Server server = start("tracing: {otlp: 'http://127.0.0.1:9', sample: 0}\n")) {
            assertThat(ask(server, "").split("\\|")[0]).matches(".*-0[02]");
            // the caller has decided
            assertThat(ask(server, PARENT).split("\\|")[0]).endsWith("-01");
        }
    }

    private static String bytes(String hex) {
        return new String(HexFormat.of().parseHex(hex), StandardCharsets.ISO_8859_1);
    }
}
