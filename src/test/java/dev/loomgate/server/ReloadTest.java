package dev.loomgate.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

import javax.net.ssl.SSLContext;

import dev.loomgate.config.ConfigurationException;
import dev.loomgate.guard.Reason;
import dev.loomgate.testing.Churn;
import dev.loomgate.testing.RawClient;
import dev.loomgate.testing.ScriptDirectory;
import dev.loomgate.testing.Trust;
import dev.loomgate.tls.DevCertificate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Another configuration while connections are open and requests in flight. */
class ReloadTest {
    private static final String REQUEST = " HTTP/1.1\r\nHost: x\r\n\r\n";

    @TempDir
    Path directory;
    private Server server;

    @AfterEach
    void stop() {
        if (server != null) {
            server.close();
        }
    }

    private Plan plan(String yaml) throws Exception {
        return Plan.read(Files.writeString(directory.resolve("test.yaml"), yaml));
    }

    private void start(String yaml) throws Exception {
        server = plan("listeners: [{port: 0}]\n" + yaml).start();
    }

    private Reloaded reload(String yaml) throws Exception {
        return server.reload(plan("listeners: [{port: 0}]\n" + yaml));
    }

    private RawClient connect() throws IOException {
        return RawClient.connect(URI.create(server.addresses().getFirst()).getPort());
    }

    private static String routes(String body) {
        return "routes: [{path: /, handler: respond, body: " + body + "}]\n";
    }

    private static String get(RawClient client, String path) throws IOException {
        return client.send("GET " + path + REQUEST).readResponse().body();
    }

    @Test
    void servesTheNextRequestOfAConnectionByTheNewRoutes() throws Exception {
        start(routes("one"));
        try (RawClient client = connect()) {
            assertThat(get(client, "/")).isEqualTo("one");
            assertThat(reload(routes("two"))).isEqualTo(new Reloaded(2, List.of()));
            assertThat(get(client, "/")).isEqualTo("two");
        }
        await().until(() -> server.revisionCounts().get("retiring") == 0);
    }

    @Test
    void letsARequestFinishAsItBeganAndClosesWhatServedItOnlyThen() throws Exception {
        CompiledClasses.compile(directory.resolve("classes"), "Waiting", """
                import dev.loomgate.handler.*;
                import java.nio.file.*;
                public final class Waiting implements Handler, AutoCloseable {
                    private final Path directory;
                    public Waiting(java.util.Map<String, String> settings) {
                        directory = Path.of(settings.get("directory"));
                    }
                    public void handle(Request request, Response response) throws Exception {
                        Files.createFile(directory.resolve("begun"));
                        while (!Files.exists(directory.resolve("go"))) {
                            Thread.sleep(10);
                        }
                        response.out().print(Files.exists(directory.resolve("closed")) ? "closed" : "finished");
                    }
                    public void close() throws Exception {
                        Files.createFile(directory.resolve("closed"));
                    }
                }
                """);
        start("routes: [{path: /wait, handler: java, class: Waiting, class-path: classes, settings: {directory: " + directory
                + "}}]\n");
        try (RawClient waiting = connect(); RawClient other = connect()) {
            waiting.send("GET /wait" + REQUEST);
            await().until(() -> Files.exists(directory.resolve("begun")));
            reload(routes("two"));
            assertThat(get(other, "/")).isEqualTo("two");
            assertThat(server.revisionCounts()).containsEntry("retiring", 1);
            Files.createFile(directory.resolve("go"));
            assertThat(waiting.readResponse().body()).isEqualTo("finished");
            // and its connection goes on with the new
            assertThat(get(waiting, "/")).isEqualTo("two");
        }
        await().until(() -> server.revisionCounts().get("retiring") == 0);
        // it is closed a little after it has ceased to count
        await().untilAsserted(() -> assertThat(directory.resolve("closed")).exists());
    }

    @Test
    void whatAnOldConfigurationServesHasItsTimeWhenTheServerStops() throws Exception {
        new ScriptDirectory(directory).sh("wait.sh", """
                echo 'Content-Type: text/plain'
                echo
                : > begun
                until [ -e go ]; do sleep 0.05; done
                printf finished
                """);
        start("routes: [{path: /wait, handler: cgi, script: wait.sh}]\n");
        try (RawClient waiting = connect(); var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            waiting.send("GET /wait" + REQUEST);
            await().until(() -> Files.exists(directory.resolve("begun")));
            reload("guard: {drain-timeout: 5m}\n" + routes("two"));
            Future<Boolean> stopped = threads.submit(server::stop);
            // for longer than it takes until it is noticed
            await().during(Duration.ofMillis(500)).until(() -> server.revisionCounts().get("retiring") == 1 && !stopped.isDone());
            Files.createFile(directory.resolve("go"));
            assertThat(waiting.readResponse().body()).isEqualTo("finished");
            assertThat(stopped.get()).isTrue();
        }
    }

    @Test
    void goesOnAsBeforeWhenTheNewConfigurationCanNotBeServed() throws Exception {
        start(routes("one"));
        try (RawClient client = connect(); ServerSocket taken = new ServerSocket(0)) {
            assertThatThrownBy(() -> reload("routes: [{path: /, handler: respnd}]\n")).isInstanceOf(ConfigurationException.class)
                    .hasMessageContaining("did you mean 'respond'");
            assertThatThrownBy(() -> server.reload(plan("listeners: [{port: 0}, {host: 0.0.0.0, port: " + taken.getLocalPort()
                    + "}]\n" + routes("two")))).isInstanceOf(IOException.class).hasMessageContaining("Address already in use");
            assertThat(get(client, "/")).isEqualTo("one");
            assertThat(server.addresses()).hasSize(1);
        }
    }

    @Test
    void listensOnNewAddressesAndLeavesOthers() throws Exception {
        start(routes("one"));
        int first = URI.create(server.addresses().getFirst()).getPort();
        server.reload(plan("listeners: [{port: 0}, {host: localhost, port: 0}]\n" + routes("two")));
        int second = URI.create(server.addresses().getLast()).getPort();
        assertThat(server.addresses()).hasSize(2).first().asString().endsWith(":" + first);
        try (RawClient client = RawClient.connect(second)) {
            assertThat(get(client, "/")).isEqualTo("two");
            server.reload(plan("listeners: [{port: 0}]\n" + routes("three")));
            // what waits for a request is closed, as when the server stops
            assertThat(client.isClosedByServer()).isTrue();
        }
        assertThatThrownBy(() -> RawClient.connect(second)).isInstanceOf(IOException.class);
        try (RawClient client = connect()) {
            assertThat(get(client, "/")).isEqualTo("three");
        }
    }

    @Test
    void appliesNewLimitsAndKeepsTheCounts() throws Exception {
        start("guard: {max-connections: 3}\n" + routes("one"));
        try (RawClient one = connect(); RawClient two = connect()) {
            get(one, "/");
            get(two, "/");
            reload("guard: {max-connections: 2, max-connections-per-address: 2, header-timeout: 300ms}\n" + routes("two"));
            try (RawClient third = connect()) {
                assertThat(third.isClosedByServer()).isTrue();
            }
            long rejected = server.rejections().count(Reason.CONNECTIONS) + server.rejections().count(Reason.CONNECTIONS_OF_ADDRESS);
            assertThat(rejected).isEqualTo(1);
            reload("guard: {max-connections: 3}\n" + routes("three"));
            try (RawClient third = connect()) {
                assertThat(get(third, "/")).isEqualTo("three");
            }
            assertThat(get(one, "/")).isEqualTo("three");
            assertThat(server.rejections().count(Reason.CONNECTIONS)
                    + server.rejections().count(Reason.CONNECTIONS_OF_ADDRESS)).isEqualTo(rejected);
        }
    }

    @Test
    void goesOnWithOtherCertificatesAndWithHttps() throws Exception {
        SSLContext old = Trust.in(DevCertificate.write(directory.resolve("old"), List.of("127.0.0.1"), 30).certificate());
        SSLContext next = Trust.in(DevCertificate.write(directory.resolve("next"), List.of("127.0.0.1"), 30).certificate());
        String https = "{port: 0, tls: {certificate: %1$s/dev-cert.pem, key: %1$s/dev-key.pem}}";
        server = plan("listeners: [" + https.formatted("old") + ", {port: 0}]\n" + routes("one")).start();
        int first = URI.create(server.addresses().getFirst()).getPort();
        int second = URI.create(server.addresses().getLast()).getPort();
        try (RawClient kept = RawClient.connect(old, first); RawClient plain = RawClient.connect(second)) {
            assertThat(get(kept, "/")).isEqualTo("one");
            assertThat(get(plain, "/")).isEqualTo("one");
            server.reload(plan("listeners: [" + https.formatted("next") + ", " + https.formatted("next") + "]\n" + routes("two")));
            assertThat(server.addresses()).containsExactly("https://127.0.0.1:" + first, "https://127.0.0.1:" + second);
            for (int port : List.of(first, second)) {
                try (RawClient client = RawClient.connect(next, port)) {
                    assertThat(get(client, "/")).isEqualTo("two");
                }
            }
            // connections stay as they began
            assertThat(get(kept, "/")).isEqualTo("two");
            assertThat(get(plain, "/")).isEqualTo("two");
        }
        // what can't be read is no reason to stop
        assertThatThrownBy(() -> server.reload(plan("listeners: [" + https.formatted("none") + ", {port: 0}]\n" + routes("three"))))
                .isInstanceOf(ConfigurationException.class).hasMessageContaining("none/dev-cert.pem");
        try (RawClient client = RawClient.connect(next, first)) {
            assertThat(get(client, "/")).isEqualTo("two");
        }
    }

    @Test
    void saysWhatTakesEffectLater() throws Exception {
        start(routes("one"));
        assertThat(reload("threads: platform\nadmin: {port: 0}\ncontrol: off\n" + routes("two")).notes())
                .containsExactly("threads: takes effect with the next start or upgrade",
                        "admin: takes effect with the next start or upgrade",
                        "control: takes effect with the next start or upgrade");
    }

    @Test
    void losesNoRequestOverManyReloads() throws Exception {
        start(routes("one"));
        try (Churn churn = Churn.start(URI.create(server.addresses().getFirst()).getPort())) {
            for (int i = 0; i < 10; i++) {
                reload(routes("number" + i));
                churn.awaitMore(50);
            }
            assertThat(churn.failures()).isEmpty();
        }
        await().atMost(Duration.ofSeconds(20)).until(() -> server.revisionCounts().get("retiring") == 0);
    }

    @Test
    void endsConnectionsWithTheirNextResponseWhileDiverted() throws Exception {
        start(routes("one"));
        try (RawClient client = connect()) {
            assertThat(get(client, "/")).isEqualTo("one");
            assertThat(server.divert(true)).isFalse();
            // a listener that is new ends them as well
            server.reload(plan("listeners: [{port: 0}, {port: 0}]\n" + routes("two")));
            assertThat(client.send("GET /" + REQUEST).readResponse().header("Connection")).contains("close");
        }
        try (RawClient client = RawClient.connect(URI.create(server.addresses().get(1)).getPort())) {
            assertThat(client.send("GET /" + REQUEST).readResponse().header("Connection")).contains("close");
        }
        assertThat(server.divert(false)).isTrue();
        try (RawClient client = connect()) {
            assertThat(client.send("GET /" + REQUEST).readResponse().header("Connection")).isNotEqualTo(Optional.of("close"));
            assertThat(get(client, "/")).isEqualTo("two");
        }
    }
}
