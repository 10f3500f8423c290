package dev.loomgate.gateway.servlet;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.function.Supplier;

import dev.loomgate.transport.FileSink;
import io.helidon.common.socket.SocketWriterException;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.ServerResponse;
import org.apache.coyote.Constants;
import org.apache.coyote.Request;

/**
 * The body of a response. One that is complete at its first write leaves with its header in one system
 * call; others are streamed. What fails is an {@code IOException}: the application's filters and error pages expect nothing
 * else. For one thread at a time.
 */
final class ResponseContent {
    private static final byte[] EMPTY = {};

    private ServerResponse response;
    private OutputStream stream;
    private Supplier<Map<String, String>> trailers;
    private Path file;
    private long from;
    private long to;
    private long length;
    private long written;
    private boolean mute;
    private boolean dropped;
    private boolean sent;
    private boolean broken;

    void begin(ServerResponse newResponse) {
        response = newResponse;
    }

    void recycle() {
        response = null;
        stream = null;
        trailers = null;
        file = null;
        length = -1;
        written = 0;
        mute = false;
        dropped = false;
        sent = false;
        broken = false;
    }

    /** The header is set: what follows is the body. */
    void commit(Request request, long contentLength, boolean hasBody, Supplier<Map<String, String>> trailerFields) {
        length = contentLength;
        mute = !hasBody;
        trailers = trailerFields;
        if (request.getAttribute(Constants.SENDFILE_FILENAME_ATTR) instanceof String name) {
            file = Path.of(name);
            from = (Long) request.getAttribute(Constants.SENDFILE_FILE_START_ATTR);
            to = (Long) request.getAttribute(Constants.SENDFILE_FILE_END_ATTR);
        }
    }

    /** There is no body, and what follows the header is somebody else's. */
    void end() {
        sent = true;
    }

    /** Nothing more is to be sent: the response has failed. */
    void drop() {
        dropped = true;
    }

    /** Whether the client has been sent, or may have been sent, a part of a response that is not whole. */
    boolean isBroken() {
        return broken || dropped && stream != null;
    }

    /** Bytes of the body so far. */
    long written() {
        return written;
    }

    /** Writes the next bytes, all of them; returns how many they were. */
    int write(ByteBuffer chunk) throws IOException {
        int count = chunk.remaining();
        if (count == 0 || mute || dropped || file != null) {
            chunk.position(chunk.limit());
            return count;
        }
        // Tomcat's connectors don't send what is longer than its Content-Length either
        int allowed = length < 0 ? count : (int) Math.min(count, length - written);
        byte[] bytes;
        int offset;
        if (chunk.hasArray()) {
            bytes = chunk.array();
            offset = chunk.arrayOffset() + chunk.position();
        } else {
            bytes = new byte[count];
            chunk.get(chunk.position(), bytes);
            offset = 0;
        }
        chunk.position(chunk.limit());
        if (allowed > 0) {
            write(bytes, offset, allowed);
        }
        return count;
    }

    private void write(byte[] bytes, int offset, int count) throws IOException {
        if (stream == null && !sent && count == length && trailers == null) {
            toClient(() -> response.send(bytes, offset, count));
            sent = true;
        } else {
            toClient(() -> stream().write(bytes, offset, count));
        }
        written += count;
    }

    private OutputStream stream() {
        if (stream == null) {
            stream = response.outputStream();
        }
        return stream;
    }

    void flush() throws IOException {
        if (!sent && !dropped && file == null) {
            toClient(() -> stream().flush());
        }
    }

    /** Ends the body; a second call does nothing. */
    void finish() throws IOException {
        if (sent || dropped) {
            return;
        }
        if (file != null && !mute) {
            sendFile();
        } else if (stream == null && trailers == null) {
            toClient(() -> response.send(EMPTY));
        } else {
            toClient(this::close);
        }
        sent = true;
    }

    private void close() throws IOException {
        OutputStream body = stream();
        if (trailers != null) {
            // the header must be on its way before the names are known that it should have announced
            body.flush();
            Map<String, String> fields = trailers.get();
            if (fields != null && !fields.isEmpty()) {
                response.headers().setIfAbsent(HeaderValues.create(HeaderNames.TRAILER, String.join(", ", fields.keySet())));
                fields.forEach((name, value) -> response.trailers().set(HeaderValues.create(HeaderNames.create(name), value)));
            }
        }
        body.close();
    }

    private void sendFile() throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            toClient(() -> {
                OutputStream body = stream();
                if (body instanceof FileSink sink) {
                    sink.transferFrom(channel, from, to - from);
                } else {
                    channel.position(from);
                    copy(channel, body);
                }
                body.close();
            });
        }
        written += to - from;
    }

    private void copy(FileChannel channel, OutputStream body) throws IOException {
        byte[] buffer = new byte[16 * 1024];
        try (var in = Channels.newInputStream(channel)) {
            for (long left = to - from; left > 0;) {
                int count = in.read(buffer, 0, (int) Math.min(left, buffer.length));
                if (count < 0) {
                    throw new IOException(file + " became shorter while it was sent");
                }
                body.write(buffer, 0, count);
                left -= count;
            }
        }
    }

    private void toClient(ClientWrite write) throws IOException {
        try {
            write.run();
        } catch (IOException e) {
            broken = true;
            throw e;
        } catch (CloseConnectionException | SocketWriterException e) {
            broken = true;
            throw new IOException("the client has gone: " + e.getMessage(), e);
        }
    }

    private interface ClientWrite {
        void run() throws IOException;
    }
}
