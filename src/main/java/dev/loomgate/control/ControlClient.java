package dev.loomgate.control;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.StringReader;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Path;
import java.util.List;

import jakarta.json.Json;
import jakarta.json.JsonObject;

/** Gives commands to a running server. For one thread. */
public final class ControlClient implements AutoCloseable {
    private final SocketChannel channel;
    private final BufferedReader answers;

    private ControlClient(SocketChannel channel) {
        this.channel = channel;
        this.answers = new BufferedReader(Channels.newReader(channel, StandardCharsets.UTF_8));
    }

    /**
     * Connects to the first of these sockets that answers.
     *
     * @throws IOException if none does; the message says where it was looked for, or who may
     */
    public static ControlClient connect(List<Path> candidates) throws IOException {
        IOException refusal = null;
        for (Path path : candidates) {
            SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
            try {
                channel.connect(UnixDomainSocketAddress.of(path));
                return new ControlClient(channel);
            } catch (IOException | RuntimeException e) {
                channel.close();
                if (e instanceof AccessDeniedException || String.valueOf(e.getMessage()).contains("Permission denied")) {
                    refusal = new IOException("the server's control socket " + path + " is for its owner alone; run this as the "
                            + "server's user or as root", e);
                }
            }
        }
        throw refusal != null ? refusal : new IOException("no server runs with this configuration; looked for its control "
                + "socket at " + String.join(", ", candidates.stream().map(Path::toString).toList()));
    }

    /**
     * Has a command carried out, however long that takes.
     *
     * @param request with {@code command}
     * @throws IOException if the server goes away before it has answered
     */
    public JsonObject send(JsonObject request) throws IOException {
        String answer = answer(request + "\n");
        if (answer == null) {
            throw new IOException("the server closed its control socket before it answered");
        }
        try (var reader = Json.createReader(new StringReader(answer))) {
            return reader.readObject();
        }
    }

    private String answer(String request) throws IOException {
        ByteBuffer line = ByteBuffer.wrap(request.getBytes(StandardCharsets.UTF_8));
        try {
            while (line.hasRemaining()) {
                channel.write(line);
            }
            return answers.readLine();
        } catch (IOException e) {
            // a broken pipe tells an operator nothing
            throw new IOException("the server has ended: " + e.getMessage(), e);
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
