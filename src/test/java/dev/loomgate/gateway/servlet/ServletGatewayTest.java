package dev.loomgate.gateway.servlet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.OutputStream;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import dev.loomgate.config.ConfigurationException;
import dev.loomgate.testing.RawClient;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a servlet application gets from this server in particular; what it gets from any is in {@link ComparisonTest}. */
class ServletGatewayTest {
    @TempDir
    static Path directory;
    private static ServletServer server;

    @BeforeAll
    static void start() throws Exception {
        WebArchives.behaviours(directory.resolve("behaviours"));
        server = ServletServer.start(directory, """
                - {path: /app/**, handler: servlet, war: behaviours, settings: {greeting: from the route, destroyed: app}}
                - {path: /app/private/**, handler: respond, status: 403, body: private}
                - path: /one/**
                  handler: servlet
                  class-path: behaviours/WEB-INF/classes
                  class: behaviours.Inspector
                  settings: {greeting: "${here}"}
                  max-body: 10
                - {path: /forms/**, handler: servlet, class-path: behaviours/WEB-INF/classes}
                - {path: /timed/**, handler: servlet, war: behaviours, request-timeout: 1s}
                """, "guard: {trusted-proxies: 127.0.0.2, max-form: 20}");
    }

    @AfterAll
    static void stop() {
        System.clearProperty("app");
        server.close();
        await().untilAsserted(() -> assertThat(System.getProperty("app")).isEqualTo("destroyed"));
    }

    private static RawClient.Response post(String path, String type, String body) throws Exception {
        try (RawClient client = server.connect()) {
            return client.send("POST " + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: " + type + "\r\nContent-Length: "
                    + body.length() + "\r\n\r\n" + body).readResponse();
        }
    }

    @Test
    void tellsAnAsynchronousRequestThatItsTimeIsOver() throws Exception {
        System.clearProperty("behaviours.never");
        // its classes are loaded then, which may take long
        await().until(() -> server.get("/timed/waiting/complete-at-once").status() == 200);
        // its listener is there only if its time was not over before
        await().until(() -> {
            assertThat(server.get("/timed/waiting/never").status()).isEqualTo(503);
            return System.getProperty("behaviours.never", "").matches(".*InterruptedIOException.*, completed");
        });
    }

    @Test
    void runsApplicationsOnTheThreadOfTheRequestWithTheirSettings() throws Exception {
        assertThat(server.get("/app/inspect/x%20y;a=b").body().lines()).containsExactly("virtual true", "loader true",
                "application from the route", "servlet null", "secure false http 80", "remote 127.0.0.1",
                "path /inspect /x y /app/inspect/x%20y;a=b");
        // a class alone takes what no annotation does
        assertThat(server.get("/one/any/thing").body().lines()).contains("application " + directory, "servlet " + directory,
                "path  /any/thing /one/any/thing");
        assertThat(server.get("/one/added").body()).isEqualTo("added in code");
        assertThat(server.get("/forms/answers/text").body()).isEqualTo("text");
        assertThat(server.get("/forms/none").status()).isEqualTo(404);
    }

    @Test
    void believesTrustedProxies() throws Exception {
        String request = "GET /app/inspect/x HTTP/1.1\r\nHost: example.org\r\nX-Forwarded-For: 192.0.2.7\r\n"
                + "X-Forwarded-Proto: https\r\n\r\n";
        try (RawClient client = RawClient.connectFrom("127.0.0.2", server.port())) {
            assertThat(client.send(request).readResponse().body()).contains("secure true https 443", "remote 192.0.2.7");
        }
        try (RawClient client = server.connect()) {
            assertThat(client.send(request).readResponse().body()).contains("secure false http 80", "remote 127.0.0.1");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"io.helidon.webserver.WebServer", "org.slf4j.Logger", "dev.loomgate.server.Server", "org.h2.Driver",
        "ch.qos.logback.classic.Logger"})
    void hidesTheServerFromApplications(String name) throws Exception {
        assertThat(server.get("/app/inspect/x?class=" + name).body()).isEqualTo("does not see " + name);
    }

    /** Tomcat takes these for /app/private/x, which has a route of its own; so must the routes. */
    @ParameterizedTest
    @ValueSource(strings = {"/app/private/x", "/app/private;a=b/x", "/app/;/private/x", "/app/x/..;/private/x",
        "/app/x;a/..;b/private/x", "/app/%70rivate;a/x", "/app/./private;/x", "/app//private/;x"})
    void letsNoSpellingOfAPathAroundAnotherRoute(String path) throws Exception {
        assertThat(server.get(path)).matches(response -> response.status() == 403 && response.body().equals("private"));
    }

    @Test
    void holdsApplicationsToTheLimitsOfTheServer() throws Exception {
        String form = "application/x-www-form-urlencoded";
        assertThat(post("/one/echo", form, "field=12345678901234").status()).isEqualTo(413);
        assertThat(post("/app/transfers/reader", "text/plain", "more than 20 bytes, but no form").status()).isEqualTo(200);
        assertThat(post("/forms/echo", form, "a=1").body()).contains("parameter a [1]");
        assertThat(post("/forms/echo", form, "a=" + "1".repeat(20)).body()).doesNotContain("parameter a [1]");
        try (RawClient client = server.connect()) {
            client.send("POST /one/transfers/raw HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n8\r\n12345678\r\n");
            RawClient.Response response = client.send("8\r\n12345678\r\n0\r\n\r\n").readResponse();
            assertThat(response.status()).isEqualTo(413);
        }
    }

    @Test
    void asksForABodyWhenItIsRead() throws Exception {
        try (RawClient client = server.connect()) {
            client.send("POST /app/transfers/raw HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n");
            assertThat(client.readResponse().status()).isEqualTo(100);
            assertThat(client.send("x").readResponse().body()).startsWith("1 ");
            client.send("POST /app/transfers/ignore HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n");
            assertThat(client.readResponse().body()).isEqualTo("ignored");
        }
    }

    @Test
    void tellsAnApplicationThatItsClientHasGone() throws Exception {
        try (SocketChannel client = SocketChannel.open(new java.net.InetSocketAddress("127.0.0.1", server.port()))) {
            client.setOption(StandardSocketOptions.SO_LINGER, 0);
            client.write(StandardCharsets.US_ASCII.encode("GET /app/gone HTTP/1.1\r\nHost: x\r\n\r\n"));
            client.read(ByteBuffer.allocate(100));
        }
        server.get("/app/gone?left=yes");
        await().atMost(Duration.ofMinutes(1)).until(() -> server.get("/app/gone?ask=yes").body().equals("org.apache.catalina.connector.ClientAbortException"));
    }

    @Test
    void breaksOffAResponseWhoseServletFails() throws Exception {
        try (RawClient client = server.connect()) {
            client.send("GET /app/answers/late-exception HTTP/1.1\r\nHost: x\r\n\r\n");
            assertThatThrownBy(client::readResponse).isInstanceOf(java.io.IOException.class);
        }
    }

    /** Fewer if the descriptors do not suffice: each request has one here and one in the client. */
    @Test
    void letsTenThousandRequestsWait() throws Exception {
        var system = (com.sun.management.UnixOperatingSystemMXBean)
                java.lang.management.ManagementFactory.getOperatingSystemMXBean();
        long free = system.getMaxFileDescriptorCount() - system.getOpenFileDescriptorCount();
        int count = (int) Math.min(10_000, (free - 200) / 2);
        var clients = new ArrayList<Socket>();
        byte[] request = "GET /hold/ HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
        try (ServletServer waiting = ServletServer.start(directory, """
                - {path: /hold/**, handler: servlet, class: behaviours.Hold, class-path: behaviours/WEB-INF/classes}
                """, "guard: {max-connections: none}")) {
            for (int i = 0; i < count; i++) {
                var client = new Socket("127.0.0.1", waiting.port());
                clients.add(client);
                OutputStream out = client.getOutputStream();
                out.write(request);
            }
            // as slow as it may be on a machine that has more to do
            await().atMost(Duration.ofMinutes(2)).ignoreExceptions()
                    .until(() -> waiting.get("/hold/count").body().equals("" + count));
            waiting.get("/hold/release");
            for (Socket client : clients) {
                client.setSoTimeout(60_000);
                assertThat(new String(client.getInputStream().readNBytes(15), StandardCharsets.US_ASCII))
                        .isEqualTo("HTTP/1.1 200 OK");
            }
        } finally {
            for (Socket client : clients) {
                client.close();
            }
        }
    }

    private static List<String> problems(String route) {
        try {
            ServletServer.start(directory, "- {path: /x/**, handler: servlet, " + route + "}\n").close();
            return List.of();
        } catch (ConfigurationException e) {
            return e.problems().stream().map(problem -> problem.message().replace(directory.toString(), "DIR")).toList();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void saysWhatIsWrongWithAnApplication() throws Exception {
        Files.writeString(directory.resolve("text.war"), "not an archive");
        Files.createDirectories(directory.resolve("empty"));
        assertThat(problems("war: none.war")).containsExactly("found 'none.war'; DIR/none.war does not exist");
        assertThat(problems("war: text.war"))
                .containsExactly("found 'text.war'; DIR/text.war can't be read as a WAR: zip END header not found");
        assertThat(problems("war: empty")).singleElement().asString().contains("DIR/empty is an empty directory");
        assertThat(problems("class-path: behaviours/WEB-INF/classes, class: behaviours.None"))
                .containsExactly("found 'behaviours.None'; class behaviours.None is not in [DIR/behaviours/WEB-INF/classes]");
        assertThat(problems("war: empty, class-path: empty")).singleElement().asString().contains("either a war or a class-path");
        assertThat(problems("migrate: auto")).singleElement().asString().contains("is missing");

        Path broken = WebArchives.behaviours(directory.resolve("broken"));
        Files.writeString(broken.resolve("WEB-INF/web.xml"), "<web-app><servlet>");
        assertThat(problems("war: broken")).singleElement().asString()
                .startsWith("DIR/broken: the application does not start: ").contains("web.xml");
        Files.writeString(broken.resolve("WEB-INF/web.xml"), """
                <web-app><listener><listener-class>behaviours.Missing</listener-class></listener></web-app>
                """);
        assertThat(problems("war: broken")).singleElement().asString().contains("behaviours.Missing");
    }
}
