package dev.loomgate.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.DataInputStream;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPInputStream;

import dev.loomgate.testing.RawClient;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WebSocketTest {
    private static final String OPEN = "GET /echo HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
            + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    private static final byte[] MASK = {1, 2, 3, 4};

    @TempDir
    private static Path classes;
    @TempDir
    Path directory;
    private Server server;

    @BeforeAll
    static void compile() throws Exception {
        CompiledClasses.compile(classes, "Echo", """
                import dev.loomgate.handler.*;
                public final class Echo implements WebSocketHandler {
                    public String subprotocol(java.util.List<String> offered) { return offered.getLast(); }
                    public void handle(Request request, WebSocket socket) throws Exception {
                        for (var message = socket.receive(); message != null; message = socket.receive()) {
                            switch (message) {
                                case WebSocket.Text text when text.text().equals("bye") -> { return; }
                                case WebSocket.Text text when text.text().equals("fail") -> throw new IllegalStateException();
                                case WebSocket.Text text when text.text().equals("who") -> socket.send(request.queryString());
                                case WebSocket.Text text -> socket.send(text.text());
                                case WebSocket.Binary binary -> socket.send(binary.bytes());
                            }
                        }
                    }
                }
                """);
        CompiledClasses.compile(classes, "Clock", """
                import dev.loomgate.handler.*;
                public final class Clock implements Handler {
                    public void handle(Request request, Response response) throws Exception {
                        EventStream events = EventStream.open(response);
                        events.send("tick", "1", "two\\nlines");
                        java.nio.file.Path go = java.nio.file.Path.of(System.getProperty("java.io.tmpdir"), request.queryString());
                        while (!java.nio.file.Files.exists(go)) { Thread.sleep(20); }
                        events.send("end");
                    }
                }
                """);
    }

    @BeforeEach
    void start() throws Exception {
        Path script = Files.createDirectories(directory.resolve("cgi")).resolve("events.sh");
        Files.writeString(script, "#!/bin/sh\nprintf 'Content-Type: text/event-stream\\n\\ndata: one\\n\\n'\n"
                + "while [ ! -e \"$QUERY_STRING\" ]; do sleep 0.05; done\nprintf 'data: two\\n\\n'\n").toFile().setExecutable(true);
        server = Plan.read(Files.writeString(directory.resolve("test.yaml"), """
                listeners:
                - port: 0
                compress: {types: ["text/*", text/event-stream]}
                routes:
                - {path: /echo, handler: java, class: Echo, class-path: %1$s, websocket-max-message: 70000,
                   websocket-idle-timeout: 30s}
                - {path: /short, handler: java, class: Echo, class-path: %1$s, websocket-idle-timeout: 300ms}
                - {path: /clock, handler: java, class: Clock, class-path: %1$s}
                - {path: /cgi/**, handler: cgi, root: cgi}
                """.formatted(classes))).start();
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private int port() {
        return URI.create(server.addresses().getFirst()).getPort();
    }

    /** A client of the JDK, that keeps what it hears. */
    private static final class Ear implements WebSocket.Listener {
        private final BlockingQueue<String> heard = new LinkedBlockingQueue<>();
        private final CompletableFuture<Integer> closed = new CompletableFuture<>();
        private final StringBuilder text = new StringBuilder();
        private int bytes;

        @Override
        public CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
            text.append(data);
            if (last) {
                heard.add(text.toString());
                text.setLength(0);
            }
            socket.request(1);
            return null;
        }

        @Override
        public CompletionStage<?> onBinary(WebSocket socket, ByteBuffer data, boolean last) {
            bytes += data.remaining();
            if (last) {
                heard.add(bytes + " bytes");
            }
            socket.request(1);
            return null;
        }

        @Override
        public CompletionStage<?> onPong(WebSocket socket, ByteBuffer data) {
            heard.add("pong " + StandardCharsets.UTF_8.decode(data));
            socket.request(1);
            return null;
        }

        @Override
        public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
            closed.complete(code);
            return null;
        }
    }

    @Test
    void talksWithTheClientOfTheJdk() throws Exception {
        var ear = new Ear();
        WebSocket socket = HttpClient.newHttpClient().newWebSocketBuilder().subprotocols("a", "b")
                .buildAsync(URI.create("ws://127.0.0.1:" + port() + "/echo?q=1"), ear).get(20, TimeUnit.SECONDS);
        assertThat(socket.getSubprotocol()).isEqualTo("b");
        socket.sendText("gr\u00fc\u00df", false).get();
        socket.sendPing(ByteBuffer.wrap("now".getBytes())).get();
        socket.sendText(" dich", true).get();
        assertThat(ear.heard.poll(10, TimeUnit.SECONDS)).isEqualTo("pong now");
        assertThat(ear.heard.poll(10, TimeUnit.SECONDS)).isEqualTo("gr\u00fc\u00df dich");
        socket.sendBinary(ByteBuffer.allocate(66_000), true).get();
        assertThat(ear.heard.poll(10, TimeUnit.SECONDS)).isEqualTo("66000 bytes");
        socket.sendText("who", true).get();
        assertThat(ear.heard.poll(10, TimeUnit.SECONDS)).isEqualTo("q=1");
        socket.sendText("fail", true).get();
        assertThat(ear.closed.get(10, TimeUnit.SECONDS)).isEqualTo(1011);
    }

    @Test
    void saysGoodbyeWhenTheServerStops() throws Exception {
        var ear = new Ear();
        HttpClient.newHttpClient().newWebSocketBuilder().buildAsync(URI.create("ws://127.0.0.1:" + port() + "/echo"), ear)
                .get(20, TimeUnit.SECONDS);
        assertThat(server.stop()).isTrue();
        assertThat(ear.closed.get(10, TimeUnit.SECONDS)).isEqualTo(1001);
    }

    @Test
    void refusesWhatIsNoHandshake() throws Exception {
        assertThat(status(OPEN + "\r\n")).isEqualTo(101);
        assertThat(status(OPEN + "Origin: http://a\r\n\r\n")).isEqualTo(101);
        assertThat(status(OPEN + "Origin: http://evil.example\r\n\r\n")).isEqualTo(403);
        assertThat(status(OPEN.replace("Version: 13", "Version: 8") + "\r\n")).isEqualTo(426);
        assertThat(status(OPEN.replace("nonce", "x").replace("dGhl", "dG!l") + "\r\n")).isEqualTo(400);
        assertThat(status("GET /echo HTTP/1.1\r\nHost: a\r\n\r\n")).isEqualTo(426);
    }

    private int status(String request) throws Exception {
        try (RawClient client = RawClient.connect(port())) {
            client.send(request);
            String line = new String(client.socket().getInputStream().readNBytes(12), StandardCharsets.ISO_8859_1);
            return Integer.parseInt(line.substring(9));
        }
    }

    private static byte[] frame(int first, byte[] payload) {
        var bytes = ByteBuffer.allocate(payload.length + 16);
        bytes.put((byte) first);
        if (payload.length < 126) {
            bytes.put((byte) (0x80 | payload.length));
        } else {
            bytes.put((byte) (0x80 | 126)).putShort((short) payload.length);
        }
        bytes.put(MASK);
        for (int i = 0; i < payload.length; i++) {
            bytes.put((byte) (payload[i] ^ MASK[i & 3]));
        }
        return Arrays.copyOf(bytes.array(), bytes.position());
    }

    /** Sends bytes after the handshake, and tells the code with which the server closes. */
    private int closeCodeAfter(byte[] bytes) throws Exception {
        try (RawClient client = RawClient.connect(port())) {
            client.send(OPEN + "\r\n").send(bytes);
            var in = new DataInputStream(client.socket().getInputStream());
            skipHead(in);
            assertThat(in.readUnsignedByte()).isEqualTo(0x88);
            int length = in.readUnsignedByte();
            return length == 0 ? 0 : in.readUnsignedShort();
        }
    }

    private static void skipHead(InputStream in) throws Exception {
        for (int end = 0; end < 4;) {
            int c = in.read();
            end = c == (end % 2 == 0 ? '\r' : '\n') ? end + 1 : c == '\r' ? 1 : 0;
        }
    }

    @Test
    void closesOnWhatTheStandardForbids() throws Exception {
        byte[] hello = "hello".getBytes();
        assertThat(closeCodeAfter(new byte[] {(byte) 0x81, 1, 'a'})).as("not masked").isEqualTo(1002);
        assertThat(closeCodeAfter(frame(0xc1, hello))).as("reserved bit").isEqualTo(1002);
        assertThat(closeCodeAfter(frame(0x83, hello))).as("opcode").isEqualTo(1002);
        assertThat(closeCodeAfter(frame(0x09, hello))).as("fragmented ping").isEqualTo(1002);
        assertThat(closeCodeAfter(frame(0x89, new byte[126]))).as("long ping").isEqualTo(1002);
        assertThat(closeCodeAfter(frame(0x80, hello))).as("nothing to continue").isEqualTo(1002);
        assertThat(closeCodeAfter(join(frame(0x01, hello), frame(0x81, hello)))).as("within another").isEqualTo(1002);
        assertThat(closeCodeAfter(frame(0x81, new byte[] {(byte) 0xc3, 0x28}))).as("not UTF-8").isEqualTo(1007);
        assertThat(closeCodeAfter(new byte[] {(byte) 0x82, (byte) 0xff, 0, 0, 0, 0, 0, 1, 0x11, 0x71})).as("long").isEqualTo(1009);
        assertThat(closeCodeAfter(new byte[] {(byte) 0x82, (byte) 0xfe, 0, 5})).as("not the shortest").isEqualTo(1002);
        assertThat(closeCodeAfter(join(frame(0x02, new byte[60_000]), frame(0x80, new byte[20_000])))).as("together").isEqualTo(1009);
        assertThat(closeCodeAfter(frame(0x88, new byte[] {3}))).as("half a code").isEqualTo(1002);
        assertThat(closeCodeAfter(frame(0x88, new byte[] {3, (byte) 0xed}))).as("1005").isEqualTo(1002);
        assertThat(closeCodeAfter(frame(0x88, new byte[] {0x0f, (byte) 0xa0}))).as("4000").isEqualTo(4000);
        assertThat(closeCodeAfter(frame(0x88, new byte[0]))).as("none").isZero();
        assertThat(closeCodeAfter(join(frame(0x81, "bye".getBytes()), frame(0x88, new byte[0])))).as("bye").isEqualTo(1000);
    }

    private static byte[] join(byte[] one, byte[] other) {
        return ByteBuffer.allocate(one.length + other.length).put(one).put(other).array();
    }

    @Test
    void asksTheSilentForASignOfLifeAndEndsThem() throws Exception {
        try (RawClient client = RawClient.connect(port())) {
            client.send(OPEN.replace("/echo", "/short") + "\r\n");
            var in = client.socket().getInputStream();
            skipHead(in);
            assertThat(in.readNBytes(2)).containsExactly(0x89, 0);
            assertThat(in.readAllBytes()).doesNotContain(0x81);
        }
        await().until(() -> server.connectionCount() == 0);
    }

    @Test
    void eventsGoOutAtOnceAlsoCompressedOnes() throws Exception {
        Path go = Files.createTempFile("loomgate", ".go");
        for (String[] one : new String[][] {{"/clock?" + go.getFileName(), "event: tick\nid: 1\ndata: two\ndata: lines\n\n", "end"},
            {"/cgi/events.sh?" + go, "data: one\n\n", "two"}}) {
            for (boolean compressed : new boolean[] {false, true}) {
                Files.deleteIfExists(go);
                var connection = URI.create("http://127.0.0.1:" + port() + one[0]).toURL().openConnection();
                connection.setReadTimeout(20_000);
                if (compressed) {
                    connection.setRequestProperty("Accept-Encoding", "gzip");
                }
                try (InputStream raw = connection.getInputStream();
                        InputStream in = compressed ? new GZIPInputStream(raw, 1) : raw) {
                    assertThat(connection.getContentEncoding()).isEqualTo(compressed ? "gzip" : null);
                    assertThat(new String(in.readNBytes(one[1].length()))).as(one[0]).isEqualTo(one[1]);
                    Files.createFile(go);
                    assertThat(new String(in.readAllBytes())).isEqualTo("data: " + one[2] + "\n\n");
                }
            }
        }
        Files.delete(go);
    }
}
