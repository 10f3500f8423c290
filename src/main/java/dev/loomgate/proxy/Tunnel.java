package dev.loomgate.proxy;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

import dev.loomgate.transport.RawInput;
import dev.loomgate.transport.RawOutput;
import dev.loomgate.upstream.Connection;
import dev.loomgate.upstream.http.Field;
import dev.loomgate.upstream.http.ResponseHead;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;

/** Bytes both ways, after client and server have agreed on another protocol, until one of them closes or both are silent. */
final class Tunnel {
    private static final int BUFFER = 8 * 1024;

    private final ServerRequest request;
    private final ServerResponse response;
    private final Connection server;
    private final Duration timeout;

    Tunnel(ServerRequest request, ServerResponse response, Connection server, Duration timeout) {
        this.request = request;
        this.response = response;
        this.server = server;
        this.timeout = timeout;
    }

    /**
     * Passes the server's answer on, and all that follows.
     *
     * @param begun what the server has already sent in the new protocol
     */
    void run(ResponseHead head, byte[] begun) throws IOException {
        if (!(request instanceof RawInput input) || !(response instanceof RawOutput output)) {
            throw new IOException("the client's connection can't change its protocol");
        }
        InputStream fromClient = input.rawInput();
        OutputStream toClient = output.rawOutput();
        try {
            toClient.write(header(head));
            toClient.write(begun);
            toClient.flush();
            touch();
            Thread.ofVirtual().name("tunnel").start(() -> passOn(fromClient));
            byte[] buffer = new byte[BUFFER];
            for (int count = server.receive(buffer, 0, buffer.length); count >= 0; count = server.receive(buffer, 0, buffer.length)) {
                touch();
                toClient.write(buffer, 0, count);
                toClient.flush();
            }
        } catch (IOException | CloseConnectionException e) {
            // one of them broke it off; that is an end too
            server.close();
        }
    }

    private void touch() {
        server.limitWait(timeout);
    }

    private void passOn(InputStream fromClient) {
        byte[] buffer = new byte[BUFFER];
        try {
            for (int count = fromClient.read(buffer); count >= 0; count = fromClient.read(buffer)) {
                touch();
                server.write(ByteBuffer.wrap(buffer, 0, count));
            }
            server.shutdownOutput();
        } catch (IOException | RuntimeException e) {
            server.close();
        }
    }

    private static byte[] header(ResponseHead head) {
        var text = new StringBuilder("HTTP/1.1 101 ").append(head.reason().isEmpty() ? "Switching Protocols" : head.reason())
                .append("\r\n");
        for (Field field : head.fields()) {
            if (field.header() != HeaderNames.CONTENT_LENGTH && field.header() != HeaderNames.TRANSFER_ENCODING) {
                text.append(field.name()).append(": ").append(field.value()).append("\r\n");
            }
        }
        return text.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1);
    }
}
