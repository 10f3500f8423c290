package dev.loomgate.gateway.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;

import dev.loomgate.testing.RawClient;
import dev.loomgate.testing.RawClient.Response;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** 200 MB each way, compared with what plain Tomcat makes of them. */
class LargeTransfersSiege {
    private static final long SIZE = 200L << 20;
    private static final byte[] BLOCK = block();

    @TempDir
    static Path directory;
    private static ServletServer loomgate;
    private static PlainTomcat tomcat;

    @BeforeAll
    static void start() throws Exception {
        Path war = WebArchives.pack(WebArchives.behaviours(directory.resolve("exploded")), directory.resolve("behaviours.war"));
        tomcat = PlainTomcat.start(directory.resolve("tomcat"), "/app", war);
        loomgate = ServletServer.start(directory, "- {path: /app/**, handler: servlet, war: behaviours.war, max-body: 300m}\n");
    }

    @AfterAll
    static void stop() throws Exception {
        if (loomgate != null) {
            loomgate.close();
        }
        if (tomcat != null) {
            tomcat.close();
        }
    }

    private static byte[] block() {
        byte[] block = new byte[1 << 20];
        for (int i = 0; i < block.length; i++) {
            block[i] = (byte) (i % 251);
        }
        return block;
    }

    private static String hash() throws Exception {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        for (long sent = 0; sent < SIZE; sent += BLOCK.length) {
            digest.update(BLOCK);
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    /** What a client does, and what it gets. */
    private interface Conversation {
        Response with(RawClient client) throws Exception;
    }

    private static Response compare(Conversation conversation) throws Exception {
        Response theirs = talk(tomcat.port(), conversation);
        Response ours = talk(loomgate.port(), conversation);
        assertThat(ComparableResponse.of(ours, loomgate.port())).isEqualTo(ComparableResponse.of(theirs, tomcat.port()));
        return ours;
    }

    private static Response talk(int port, Conversation conversation) throws Exception {
        try (RawClient client = RawClient.connect(port).readTimeout(Duration.ofMinutes(5))) {
            Response response = conversation.with(client);
            client.send("GET /app/answers/text HTTP/1.1\r\nHost: x\r\n\r\n");
            assertThat(client.readResponse().body()).isEqualTo("text");
            return response;
        }
    }

    @Test
    void takesAFormWithAFile() throws Exception {
        String head = "--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"large.bin\"\r\n\r\n";
        String tail = "\r\n--B--\r\n";
        Response response = compare(client -> {
            client.send("POST /app/transfers/parts HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=B\r\n"
                    + "Content-Length: " + (head.length() + SIZE + tail.length()) + "\r\n\r\n" + head);
            for (long sent = 0; sent < SIZE; sent += BLOCK.length) {
                client.send(BLOCK);
            }
            return client.send(tail).readResponse();
        });
        assertThat(response.body()).startsWith("file large.bin null " + SIZE + " " + hash());
    }

    @Test
    void takesABodyInChunksWithATrailer() throws Exception {
        Response response = compare(client -> {
            client.send("POST /app/transfers/trailers HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
            for (long sent = 0; sent < SIZE; sent += BLOCK.length) {
                client.send(Integer.toHexString(BLOCK.length) + "\r\n").send(BLOCK).send("\r\n");
            }
            return client.send("0\r\nX-Sum: 42\r\n\r\n").readResponse();
        });
        assertThat(response.body()).contains(SIZE + " " + hash(), "{X-Sum=42}");
    }

    @Test
    void sendsChunks() throws Exception {
        Response response = compare(client -> {
            Response head = client.send("GET /app/transfers/x?size=" + SIZE + " HTTP/1.1\r\nHost: x\r\n\r\n").readHead();
            assertThat(head.header("Transfer-Encoding")).contains("chunked");
            return new Response(head.statusLine(), head.headers(), digest(client));
        });
        assertThat(response.status()).isEqualTo(200);
    }

    private static String digest(RawClient client) throws Exception {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        long received = 0;
        for (int chunk = Integer.parseInt(client.readLine(), 16); chunk > 0; chunk = Integer.parseInt(client.readLine(), 16)) {
            digest.update(client.readExactly(chunk));
            if (!client.readLine().isEmpty()) {
                throw new IOException("a chunk of " + chunk + " bytes is not followed by CRLF");
            }
            received += chunk;
        }
        assertThat(client.readLine()).isEmpty();
        assertThat(received).isEqualTo(SIZE);
        return HexFormat.of().formatHex(digest.digest());
    }
}
