package dev.loomgate.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;

import dev.loomgate.config.ConfigurationException;
import dev.loomgate.testing.Ports;
import dev.loomgate.testing.Programs;
import dev.loomgate.testing.RawClient;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Who a request is from, behind proxies: real ones, and clients that say they are. The trusted proxy is 127.0.0.2. */
class ClientAddressTest {
    private static final String V2 = "0d0a0d0a000d0a515549540a";

    @TempDir
    static Path classes;

    @TempDir
    Path directory;

    private Server server;
    private int port;
    private Process proxy;

    @BeforeAll
    static void compile() throws Exception {
        CompiledClasses.compile(classes, "Who", """
                import dev.loomgate.handler.*;
                public final class Who implements Handler {
                    public void handle(Request request, Response response) throws Exception {
                        response.out().print(request.remoteAddress() + " " + request.remotePort());
                    }
                }
                """);
    }

    @BeforeEach
    void write() throws IOException {
        Files.writeString(directory.resolve("who.sh"), """
                #!/bin/sh
                printf 'Content-Type: text/plain\\n\\n%s' "$REMOTE_ADDR"
                """).toFile().setExecutable(true);
    }

    @AfterEach
    void stop() throws Exception {
        if (proxy != null) {
            proxy.destroy();
            proxy.waitFor();
        }
        if (server != null) {
            server.close();
        }
    }

    private void start(String listener, String guard) throws Exception {
        server = Plan.read(Files.writeString(directory.resolve("test.yaml"), """
                listeners: [{port: 0%s}]
                guard: {trusted-proxies: 127.0.0.2%s}
                routes:
                - {path: /who, handler: java, class: Who, class-path: '%s'}
                - {path: /cgi, handler: cgi, script: who.sh}
                - {path: /others, handler: respond, body: welcome, deny: 203.0.113.0/24}
                - {path: /slow, handler: respond, body: x, request-rate: {rate: 1, per: hour}}
                """.formatted(listener, guard, classes))).start();
        port = URI.create(server.addresses().getFirst()).getPort();
    }

    private static String request(String path, String fields) {
        return "GET " + path + " HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n";
    }

    private RawClient.Response fromProxy(String path, String forwardedFor) throws IOException {
        try (RawClient client = RawClient.connectFrom("127.0.0.2", port)) {
            return client.send(request(path, "X-Forwarded-For: " + forwardedFor + "\r\n")).readResponse();
        }
    }

    @Test
    void tellsTheClientsOfOneConnectionOfATrustedProxyApart() throws Exception {
        start("", "");
        try (RawClient client = RawClient.connectFrom("127.0.0.2", port)) {
            client.send(request("/who", "X-Forwarded-For: 192.0.2.1:99\r\n"));
            assertThat(client.readResponse().body()).isEqualTo("192.0.2.1 99");
            client.send(request("/who", "X-Forwarded-For: 1.1.1.1\r\nX-Forwarded-For: 2001:db8::2\r\n"));
            assertThat(client.readResponse().body()).isEqualTo("2001:db8:0:0:0:0:0:2 0");
            client.send(request("/who", ""));
            assertThat(client.readResponse().body()).startsWith("127.0.0.2 ");
        }
        assertThat(fromProxy("/cgi", "192.0.2.7").body()).isEqualTo("192.0.2.7");
    }

    @Test
    void holdsTheRealClientToTheLimits() throws Exception {
        start("", "");
        assertThat(fromProxy("/others", "198.51.100.1").status()).isEqualTo(200);
        assertThat(fromProxy("/others", "203.0.113.9").status()).isEqualTo(403);
        assertThat(fromProxy("/others", "198.51.100.1, 203.0.113.9").status()).isEqualTo(403);
        assertThat(fromProxy("/slow", "198.51.100.1").status()).isEqualTo(200);
        assertThat(fromProxy("/slow", "198.51.100.1").status()).isEqualTo(429);
        assertThat(fromProxy("/slow", "198.51.100.2").status()).isEqualTo(200);
    }

    @Test
    void asksTheListsForTheClientAndNotForTheProxy() throws Exception {
        start("", ", allow: 192.0.2.0/24, max-connections-per-address: 1");
        try (RawClient first = RawClient.connectFrom("127.0.0.2", port)) {
            first.send(request("/who", "X-Forwarded-For: 192.0.2.1\r\n"));
            assertThat(first.readResponse().status()).isEqualTo(200);
            // as many connections as the proxy likes
            assertThat(fromProxy("/who", "192.0.2.2").status()).isEqualTo(200);
            assertThat(fromProxy("/who", "198.51.100.1").status()).isEqualTo(403);
            assertThat(fromProxy("/who", "192.0.2.2, 198.51.100.1").status()).isEqualTo(403);
        }
        try (RawClient past = RawClient.connect(port)) {
            assertThat(past.isClosedByServer()).isTrue();
        }
    }

    @Test
    void countsConnectionsOfTheClientThatTheProxyNames() throws Exception {
        start(", proxy-protocol: true", ", max-connections-per-address: 1, deny: 198.51.100.0/24");
        try (RawClient one = behindProxy("192.0.2.1"); RawClient two = behindProxy("192.0.2.2")) {
            assertThat(one.readResponse().body()).isEqualTo("192.0.2.1 1");
            assertThat(two.readResponse().body()).isEqualTo("192.0.2.2 1");
            for (String refused : new String[] {"192.0.2.1", "192.0.2.2", "198.51.100.1"}) {
                try (RawClient client = behindProxy(refused)) {
                    assertThat(client.isClosedByServer()).as(refused).isTrue();
                }
            }
            assertThat(one.send(request("/who", "")).readResponse().body()).isEqualTo("192.0.2.1 1");
        }
        await().ignoreExceptions().untilAsserted(() -> {
            try (RawClient later = behindProxy("192.0.2.1")) {
                assertThat(later.readResponse().body()).isEqualTo("192.0.2.1 1");
            }
        });
    }

    private RawClient behindProxy(String client) throws IOException {
        RawClient connection = RawClient.connectFrom("127.0.0.2", port);
        return connection.send("PROXY TCP4 " + client + " 127.0.0.1 1 80\r\n" + request("/who", ""));
    }

    @Test
    void doesNotBelieveAClientThatSaysItIsAProxy() throws Exception {
        start("", "");
        for (int i = 0; i < 3; i++) {
            try (RawClient client = RawClient.connect(port)) {
                String forged = "X-Forwarded-For: 192.0.2." + i + "\r\nForwarded: for=192.0.2." + i
                        + "\r\nX-Real-IP: 192.0.2.1\r\n";
                assertThat(client.send(request("/who", forged)).readResponse().body()).startsWith("127.0.0.1 ");
                assertThat(client.send(request("/slow", forged)).readResponse().status()).isEqualTo(i == 0 ? 200 : 429);
            }
        }
    }

    @Test
    void readsForwardedWhereThatIsWhatProxiesWrite() throws Exception {
        start("", ", forwarded-field: Forwarded");
        try (RawClient client = RawClient.connectFrom("127.0.0.2", port)) {
            client.send(request("/who", "X-Forwarded-For: 1.1.1.1\r\nForwarded: for=1.1.1.1, for=\"[2001:db8::9]:8\"\r\n"));
            assertThat(client.readResponse().body()).isEqualTo("2001:db8:0:0:0:0:0:9 8");
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "PROXY TCP4 192.0.2.1 198.51.100.1 4711 80 | 192.0.2.1 4711",
        "PROXY TCP6 2001:db8::1 2001:db8::2 4711 80 | 2001:db8:0:0:0:0:0:1 4711",
        "PROXY TCP4 0.0.0.1 0.0.0.1 0 0 | 0.0.0.1 0",
        "PROXY TCP6 ffff:f:f:f:f:f:f:ffff ffff:f:f:f:f:f:f:ffff 65535 65535 | ffff:f:f:f:f:f:f:ffff 65535",
        "PROXY UNKNOWN | 127.0.0.2 *",
        "PROXY UNKNOWN whatever it says | 127.0.0.2 *"})
    void readsVersion1OfTheProxyProtocol(String line, String client) throws Exception {
        start(", proxy-protocol: true", "");
        assertThat(who(ascii(line + "\r\n"))).isEqualTo(client);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "21 11 000c c0000201c633640112670050 | 192.0.2.1 4711",
        // with extensions, some of them unknown
        "21 11 0016 c0000201c633640112670050 ea0003000102 040000ff | 192.0.2.1 4711",
        "21 21 0024 20010db8000000000000000000000001 20010db8000000000000000000000002 12670050 | 2001:db8:0:0:0:0:0:1 4711",
        // for itself, as in a check of health; of what is no address of the internet; unspecified
        "20 11 000c c0000201c633640112670050 | 127.0.0.2 *",
        "20 00 0000 | 127.0.0.2 *",
        "21 00 0003 010203 | 127.0.0.2 *"})
    void readsVersion2OfTheProxyProtocol(String hex, String client) throws Exception {
        start(", proxy-protocol: true", "");
        assertThat(who(HexFormat.of().parseHex(V2 + hex.replace(" ", "")))).isEqualTo(client);
    }

    private static byte[] ascii(String text) {
        return text.getBytes(java.nio.charset.StandardCharsets.US_ASCII);
    }

    /** Who the server thinks it is, with the header sent in one piece and byte by byte. */
    private String who(byte[] header) throws IOException {
        var whole = new ByteArrayOutputStream();
        whole.write(header);
        whole.write(ascii(request("/who", "")));
        String answer;
        try (RawClient client = RawClient.connectFrom("127.0.0.2", port)) {
            answer = client.send(whole.toByteArray()).readResponse().body().replaceFirst("(127.0.0.2) \\d+", "$1 *");
            // the connection goes on as any other
            assertThat(client.send(request("/who", "")).readResponse().status()).isEqualTo(200);
        }
        try (RawClient client = RawClient.connectFrom("127.0.0.2", port)) {
            for (byte one : whole.toByteArray()) {
                client.send(new byte[] {one});
            }
            assertThat(client.readResponse().body().replaceFirst("(127.0.0.2) \\d+", "$1 *")).isEqualTo(answer);
        }
        return answer;
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET /who HTTP/1.1\r\nHost: x\r\n\r\n", "PROXY TCP4 192.0.2.1 192.0.2.2 1\r\n",
        "PROXY TCP4 192.0.2.1 192.0.2.2 1 2 3\r\n", "PROXY TCP4 localhost 192.0.2.2 1 2\r\n", "PROXY TCP4 ::1 ::1 1 2\r\n",
        "PROXY TCP6 192.0.2.1 192.0.2.2 1 2\r\n", "PROXY TCP4 192.0.2.1 192.0.2.2 1 65536\r\n",
        "PROXY UDP4 1.1.1.1 1.1.1.1 1 2\r\n",
        "PROXY TCP4 192.0.2.1 192.0.2.2 01 2\r\n", "PROXY TCP4 192.0.2.1 192.0.2.2 1 2\n",
        "PROXY  TCP4 192.0.2.1 1.1.1.1 1 2\r\n",
        "proxy TCP4 192.0.2.1 192.0.2.2 1 2\r\n"})
    void refusesAConnectionOfAProxyWithoutAProperHeader(String start) throws Exception {
        start(", proxy-protocol: true", "");
        try (RawClient client = RawClient.connectFrom("127.0.0.2", port)) {
            assertThat(client.send(start + request("/who", "")).isClosedByServer()).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"22 11 000c c0000201c633640112670050", "31 11 000c c0000201c633640112670050", "21 12 000c"
        + "c0000201c633640112670050", "21 11 000b c00002012c633640112670", "21 11 ffff c0000201c633640112670050"})
    void refusesAConnectionWithAWrongHeaderOfVersion2(String hex) throws Exception {
        start(", proxy-protocol: true", "");
        try (RawClient client = RawClient.connectFrom("127.0.0.2", port)) {
            // in one piece: the connection may be reset before a second one is sent
            String header = new String(HexFormat.of().parseHex(V2 + hex.replace(" ", "")), StandardCharsets.ISO_8859_1);
            assertThat(client.send(header + request("/who", "")).isClosedByServer()).isTrue();
        }
    }

    @Test
    void readsNoMoreThanALineOfVersion1MayBeLong() throws Exception {
        start(", proxy-protocol: true", "");
        try (RawClient client = RawClient.connectFrom("127.0.0.2", port)) {
            assertThat(client.send("PROXY UNKNOWN " + "x".repeat(200)).isClosedByServer()).isTrue();
        }
    }

    @Test
    void refusesAConnectionThatComesPastTheProxy() throws Exception {
        start(", proxy-protocol: true", "");
        try (RawClient client = RawClient.connect(port)) {
            client.send("PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n" + request("/who", ""));
            assertThat(client.isClosedByServer()).isTrue();
        }
    }

    @Test
    void doesNotWaitLongForTheHeader() throws Exception {
        start(", proxy-protocol: true", ", header-timeout: 300ms");
        try (RawClient client = RawClient.connectFrom("127.0.0.2", port)) {
            client.send("PROXY TCP4 ");
            long before = System.nanoTime();
            assertThat(client.isClosedByServer()).isTrue();
            assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(15));
        }
    }

    @Test
    void readsTheFieldAlsoBehindTheProxyProtocol() throws Exception {
        start(", proxy-protocol: true", "");
        try (RawClient client = RawClient.connectFrom("127.0.0.2", port)) {
            client.send("PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n" + request("/who", "X-Forwarded-For: 1.1.1.1\r\n"));
            assertThat(client.readResponse().body()).isEqualTo("192.0.2.1 1");
        }
        try (RawClient client = RawClient.connectFrom("127.0.0.2", port)) {
            client.send("PROXY TCP4 127.0.0.2 192.0.2.2 1 2\r\n" + request("/who", "X-Forwarded-For: 192.0.2.7\r\n"));
            assertThat(client.readResponse().body()).isEqualTo("192.0.2.7 0");
        }
    }

    @Test
    void wantsToKnowTheProxiesOfTheProxyProtocol() throws Exception {
        Path file = Files.writeString(directory.resolve("test.yaml"), """
                listeners: [{port: 0, proxy-protocol: true}]
                guard: {forwarded-field: Forwarded}
                routes: [{path: /, handler: respond}]
                """);
        assertThatThrownBy(() -> Plan.read(file)).isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("it needs the addresses of the proxies")
                .hasMessageContaining("has no meaning without trusted-proxies");
    }

    @ParameterizedTest
    @ValueSource(strings = {"send-proxy", "send-proxy-v2", "send-proxy-v2-ssl-cn"})
    void understandsHaproxy(String option) throws Exception {
        start(", proxy-protocol: true", "");
        int front = startHaproxy("source 127.0.0.2 " + option + " check inter 100ms check-send-proxy");
        for (String from : new String[] {"127.0.0.3", "127.0.0.4"}) {
            try (RawClient client = RawClient.connectFrom(from, front)) {
                client.send(request("/who", "X-Forwarded-For: 1.1.1.1\r\n"));
                assertThat(client.readResponse().body()).startsWith(from + " ")
                        .endsWith(" " + client.socket().getLocalPort());
            }
        }
    }

    @Test
    void understandsXForwardedForOfHaproxy() throws Exception {
        start("", "");
        int front = startHaproxy("source 127.0.0.2");
        try (RawClient client = RawClient.connectFrom("127.0.0.3", front)) {
            for (String forged : new String[] {"", "X-Forwarded-For: 1.1.1.1\r\n", "X-Forwarded-For: 127.0.0.2\r\n"}) {
                assertThat(client.send(request("/who", forged)).readResponse().body()).isEqualTo("127.0.0.3 0");
            }
        }
    }

    private int startHaproxy(String serverOptions) throws Exception {
        Path haproxy = Programs.require("haproxy", "haproxy");
        int front = Ports.free();
        Path configuration = Files.writeString(directory.resolve("haproxy.cfg"), """
                defaults
                    mode http
                    timeout connect 5s
                    timeout client 10s
                    timeout server 10s
                    option forwardfor
                listen front
                    bind 127.0.0.1:%d
                    server back 127.0.0.1:%d %s
                """.formatted(front, port, serverOptions));
        proxy = new ProcessBuilder(haproxy.toString(), "-db", "-f", configuration.toString()).redirectErrorStream(true)
                .redirectOutput(directory.resolve("haproxy.log").toFile()).start();
        await().ignoreExceptions().until(() -> {
            try (RawClient client = RawClient.connect(front)) {
                return client.send(request("/who", "")).readResponse().status() == 200;
            }
        });
        return front;
    }
}
