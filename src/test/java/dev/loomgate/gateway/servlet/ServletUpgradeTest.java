package dev.loomgate.gateway.servlet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import dev.loomgate.testing.RawClient;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Servlet applications that take their connection over: WebSocket, with a real client of it, and protocols of their own. */
class ServletUpgradeTest {
    private static final Duration LONG = Duration.ofSeconds(60);

    @TempDir
    private static Path directory;
    private static Path application;
    private static ServletServer server;

    @BeforeAll
    static void start() throws Exception {
        application = directory.resolve("talks");
        Path classes = Files.createDirectories(application.resolve("WEB-INF/classes/talks"));
        try (Stream<Path> files = Files.list(WebArchives.testClasses().resolve("talks"))) {
            for (Path file : files.toList()) {
                Files.copy(file, classes.resolve(file.getFileName()));
            }
        }
        server = ServletServer.start(directory, "- {path: /app/**, handler: servlet, war: talks}\n");
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    /** A client's end of a WebSocket: what it has heard, in order. */
    private static final class Listener implements WebSocket.Listener {
        private final LinkedBlockingQueue<String> heard = new LinkedBlockingQueue<>();
        private final StringBuilder text = new StringBuilder();
        private int bytes;

        @Override
        public CompletionStage<?> onText(WebSocket socket, CharSequence part, boolean last) {
            text.append(part);
            if (last) {
                heard.add(text.length() > 100 ? "text of " + text.length() : text.toString());
                text.setLength(0);
            }
            return WebSocket.Listener.super.onText(socket, part, last);
        }

        @Override
        public CompletionStage<?> onBinary(WebSocket socket, ByteBuffer part, boolean last) {
            bytes += part.remaining();
            if (last) {
                heard.add("bytes " + bytes);
                bytes = 0;
            }
            return WebSocket.Listener.super.onBinary(socket, part, last);
        }

        @Override
        public CompletionStage<?> onPong(WebSocket socket, ByteBuffer message) {
            heard.add("pong");
            return WebSocket.Listener.super.onPong(socket, message);
        }

        @Override
        public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
            heard.add("close " + code + " " + reason);
            return null;
        }

        @Override
        public void onError(WebSocket socket, Throwable error) {
            heard.add("error " + error);
        }

        private String next() throws InterruptedException {
            return heard.poll(LONG.toSeconds(), TimeUnit.SECONDS);
        }
    }

    private static WebSocket connect(HttpClient client, Listener listener, String name) {
        return client.newWebSocketBuilder().buildAsync(URI.create("ws://127.0.0.1:" + server.port() + "/app/chat/" + name), listener)
                .join();
    }

    @Test
    void talksByWebSocket() throws Exception {
        System.clearProperty("talks.closed");
        try (HttpClient client = HttpClient.newHttpClient()) {
            var listener = new Listener();
            WebSocket socket = connect(client, listener, "ann");
            assertThat(listener.next()).isEqualTo("hello ann /app/chat/ann true");
            socket.sendText("first", true).join();
            assertThat(listener.next()).isEqualTo("first");
            socket.sendText("x".repeat(300_000), true).join();
            assertThat(listener.next()).isEqualTo("text of 300000");
            socket.sendBinary(ByteBuffer.allocate(500), false).join();
            socket.sendBinary(ByteBuffer.allocate(100_000), true).join();
            assertThat(listener.next()).isEqualTo("bytes 100500");
            socket.sendText("push", true).join();
            assertThat(listener.next()).isEqualTo("pushed");
            socket.sendPing(ByteBuffer.allocate(3)).join();
            assertThat(listener.next()).isEqualTo("pong");
            socket.sendClose(WebSocket.NORMAL_CLOSURE, "enough").join();
            assertThat(listener.next()).startsWith("close 1000");
            await().atMost(LONG).until(() -> "1000 enough".equals(System.getProperty("talks.closed")));
        }
    }

    @Test
    void endsWebSocketsItself() throws Exception {
        try (HttpClient client = HttpClient.newHttpClient()) {
            var told = new Listener();
            connect(client, told, "bob").sendText("close", true).join();
            assertThat(told.next()).startsWith("hello bob");
            assertThat(told.next()).isEqualTo("close 1003 told to");

            System.clearProperty("talks.closed");
            var gone = new Listener();
            connect(client, gone, "cat").abort();
            await().atMost(LONG).until(() -> System.getProperty("talks.closed", "").startsWith("1006"));
        }
    }

    @Test
    void manyWebSocketsStayOpenAtOnce() throws Exception {
        try (HttpClient client = HttpClient.newHttpClient()) {
            List<Listener> listeners = new ArrayList<>();
            List<WebSocket> sockets = new ArrayList<>();
            for (int i = 0; i < 30; i++) {
                var listener = new Listener();
                listeners.add(listener);
                sockets.add(connect(client, listener, String.valueOf(i)));
            }
            for (int i = 0; i < sockets.size(); i++) {
                assertThat(listeners.get(i).next()).startsWith("hello " + i);
                sockets.get(i).sendText("again " + i, true).join();
                assertThat(listeners.get(i).next()).isEqualTo("again " + i);
            }
            sockets.forEach(WebSocket::abort);
        }
    }

    @Test
    void refusesWhatIsNoHandshake() throws Exception {
        try (RawClient client = server.connect()) {
            assertThat(client.send("GET /app/chat/x HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                    + "Sec-WebSocket-Version: 13\r\n\r\n").readResponse().status()).isEqualTo(400);
        }
        assertThat(server.get("/app/chat/x").status()).isEqualTo(404);
    }

    @ParameterizedTest
    @ValueSource(strings = {"blocking", "threaded", "listening"})
    void handsTheConnectionToAProtocolOfTheApplication(String kind) throws Exception {
        System.clearProperty("talks.destroyed");
        try (RawClient client = server.connect()) {
            client.readTimeout(LONG);
            // the first line comes with the request
            client.send("GET /app/" + kind + " HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: shout\r\n\r\nhello\n");
            RawClient.Response response = client.readHead();
            assertThat(response.status()).isEqualTo(101);
            assertThat(response.header("Upgrade")).contains("shout");
            assertThat(response.header("Connection")).contains("Upgrade");
            assertThat(client.readLine()).isEqualTo("HELLO");
            assertThat(client.send("and ").send("again\n").readLine()).isEqualTo("AND AGAIN");
            assertThat(client.send("bye\n").readLine()).isEqualTo("BYE");
            assertThat(client.stream().read()).isNegative();
        }
        String name = Character.toUpperCase(kind.charAt(0)) + kind.substring(1);
        await().atMost(LONG).until(() -> name.equals(System.getProperty("talks.destroyed")));
    }

    @Test
    void anotherThreadThanTheConnectionsFindsWhatThereIsToRead() throws Exception {
        try (RawClient client = server.connect()) {
            client.readTimeout(LONG);
            client.send("GET /app/handed HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: shout\r\n\r\n");
            assertThat(client.readHead().status()).isEqualTo(101);
            for (int i = 0; i < 500; i++) {
                // while that thread begins to read, the connection's begins to wait
                assertThat(client.send("\n").readLine()).as("answer %d", i).isEmpty();
            }
        }
    }

    @Test
    void connectionsEndWithTheirVersion() throws Exception {
        try (HttpClient client = HttpClient.newHttpClient(); RawClient shout = server.connect()) {
            shout.readTimeout(LONG);
            shout.send("GET /app/listening HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: shout\r\n\r\n");
            assertThat(shout.readHead().status()).isEqualTo(101);
            var listener = new Listener();
            connect(client, listener, "dan");
            assertThat(listener.next()).startsWith("hello dan");
            Files.setLastModifiedTime(application.resolve("WEB-INF/classes/talks/Chat.class"),
                    FileTime.from(Instant.now().plusSeconds(5)));
            assertThat(listener.next()).startsWith("close 1001");
            assertThat(shout.stream().read()).isNegative();
            var next = new Listener();
            WebSocket socket = connect(client, next, "eve");
            assertThat(next.next()).startsWith("hello eve");
            socket.abort();
        }
    }
}
