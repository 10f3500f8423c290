package dev.loomgate.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RequestIdTest {
    private static final HttpClient CLIENT = HttpClient.newHttpClient();
    private static final String ROUTES = """
            routes:
            - {path: /cgi/**, handler: cgi, root: cgi}
            """;

    @TempDir
    Path directory;

    private String ask(String guard, String id, String path) throws Exception {
        Path cgi = Files.createDirectories(directory.resolve("cgi"));
        Files.writeString(cgi.resolve("id.sh"), "#!/bin/sh\nprintf 'Content-Type: text/plain\\n\\n%s|%s' \"$UNIQUE_ID\" "
                + "\"$HTTP_X_REQUEST_ID\"\n").toFile().setExecutable(true);
        Files.writeString(cgi.resolve("fails.sh"), "#!/bin/sh\nexit 1\n").toFile().setExecutable(true);
        String yaml = "listeners:\n- port: 0\nlog: {access: {file: access.log, format: json}}\n" + guard + ROUTES;
        try (Server server = Plan.read(Files.writeString(directory.resolve("test.yaml"), yaml)).start()) {
            HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(server.addresses().getFirst() + path));
            if (id != null) {
                request.header("X-Request-Id", id);
            }
            return CLIENT.send(request.build(), HttpResponse.BodyHandlers.ofString()).body();
        }
    }

    @Test
    void makesAnIdThatScriptAndLogShare() throws Exception {
        String[] ids = ask("", "from-anyone", "/cgi/id.sh").split("\\|");
        assertThat(ids).hasSize(2);
        assertThat(ids[0]).matches("[0-9a-f]{32}").isEqualTo(ids[1]);
        await().untilAsserted(() -> assertThat(Files.readString(directory.resolve("access.log"))).contains(ids[0])
                .doesNotContain("from-anyone"));
    }

    @Test
    void takesTheIdOfATrustedProxyUnlessItIsNotOne() throws Exception {
        String trusting = "guard: {trusted-proxies: [127.0.0.1]}\n";
        assertThat(ask(trusting, "edge-7f/1", "/cgi/id.sh")).isEqualTo("edge-7f/1|edge-7f/1");
        assertThat(ask(trusting, "a b", "/cgi/id.sh")).doesNotContain("a b");
        assertThat(ask(trusting, "x".repeat(129), "/cgi/id.sh")).doesNotContain("xx");
    }
}
