package dev.loomgate.perf.model;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;

import dev.loomgate.perf.work.Answer;
import dev.loomgate.perf.work.Work;

/** One connection's requests and responses, for blocking channels and others. For one thread at a time. */
final class Conversation {
    private static final byte[] NOTHING = "not found".getBytes(StandardCharsets.US_ASCII);

    private final SocketChannel channel;
    private final ByteBuffer in = ByteBuffer.allocate(2048);
    private ByteBuffer[] out = {};
    private boolean close;

    Conversation(SocketChannel channel) throws IOException {
        this.channel = channel;
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
    }

    /** Listens at the port that is a program's first argument. */
    static ServerSocketChannel listen(String[] arguments) throws IOException {
        return ServerSocketChannel.open().bind(new InetSocketAddress("127.0.0.1", Integer.parseInt(arguments[0])), 4096);
    }

    SocketChannel channel() {
        return channel;
    }

    /** All of a blocking connection: one request after the other, until the client leaves. */
    static void hold(SocketChannel channel, Work work) {
        try (channel) {
            var conversation = new Conversation(channel);
            do {
                String target;
                while ((target = conversation.next()) == null) {
                    if (!conversation.fill()) {
                        return;
                    }
                }
                conversation.answer(work, target);
            } while (conversation.flush() && !conversation.close);
        } catch (IOException e) {
            // the client's end of it
        }
    }

    /** Reads what there is. False at the end of the connection. */
    boolean fill() throws IOException {
        if (!in.hasRemaining()) {
            throw new IOException("the request's header is too long");
        }
        return channel.read(in) >= 0;
    }

    /** The target of the next request that has arrived in whole; null if none has. Requests have no body. */
    String next() {
        byte[] bytes = in.array();
        for (int i = 3; i < in.position(); i++) {
            if (bytes[i] == '\n' && bytes[i - 1] == '\r' && bytes[i - 2] == '\n' && bytes[i - 3] == '\r') {
                var head = new String(bytes, 0, i + 1, StandardCharsets.ISO_8859_1);
                in.flip().position(i + 1);
                in.compact();
                int first = head.indexOf(' ');
                close = head.contains("\r\nConnection: close\r\n");
                return head.substring(first + 1, head.indexOf(' ', first + 1));
            }
        }
        return null;
    }

    /** Runs the handler and makes its answer ready to be sent. */
    void answer(Work work, String target) throws IOException {
        Answer answer = work.answer(target);
        String status = "200 OK";
        if (answer == null) {
            status = "404 Not Found";
            answer = new Answer("text/plain", NOTHING);
        }
        String head = "HTTP/1.1 " + status + "\r\nContent-Type: " + answer.contentType() + "\r\nContent-Length: "
                + answer.body().length + (close ? "\r\nConnection: close" : "") + "\r\n\r\n";
        out = new ByteBuffer[] {ByteBuffer.wrap(head.getBytes(StandardCharsets.ISO_8859_1)), ByteBuffer.wrap(answer.body())};
    }

    /** Writes what the channel takes. True when all is written. */
    boolean flush() throws IOException {
        channel.write(out);
        return !out[out.length - 1].hasRemaining();
    }

    /** Whether the client wanted this to be the last request. */
    boolean isLast() {
        return close;
    }

    /** Ends the connection, whatever state it is in. */
    void end() {
        try {
            channel.close();
        } catch (ClosedChannelException e) {
            // so it should be
        } catch (IOException e) {
            System.err.println(e);
        }
    }
}
