package dev.loomgate.http2;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A client that sends exactly the frames it is told, for what an HTTP library can't send. */
final class FrameClient implements AutoCloseable {
    static final byte[] PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private final Socket socket;
    private final InputStream in;
    private final HpackDecoder decoder = new HpackDecoder();

    private FrameClient(Socket socket) throws IOException {
        this.socket = socket;
        this.in = new BufferedInputStream(socket.getInputStream());
    }

    /** A frame that came. */
    record Came(int type, int flags, int stream, byte[] payload) {
        int integer(int at) {
            return Frame.integer(payload, at);
        }

        boolean has(int flag) {
            return (flags & flag) != 0;
        }
    }

    /** A response that came. */
    record Response(List<HeaderField> fields, byte[] body, List<HeaderField> trailers) {
        String field(String name) {
            return fields.stream().filter(field -> field.name().equals(name)).map(HeaderField::value).findFirst().orElse(null);
        }

        int status() {
            return Integer.parseInt(field(":status"));
        }

        String text() {
            return new String(body, StandardCharsets.UTF_8);
        }
    }

    /** Connects to 127.0.0.1 without a word; reads time out after 20 seconds. */
    static FrameClient open(int port) throws IOException {
        var socket = new Socket();
        socket.setTcpNoDelay(true);
        socket.connect(new InetSocketAddress("127.0.0.1", port), 5_000);
        socket.setSoTimeout(20_000);
        return new FrameClient(socket);
    }

    /** Connects, and exchanges prefaces and settings: pairs of identifier and value. */
    static FrameClient connect(int port, int... settings) throws IOException {
        FrameClient client = open(port);
        client.send(PREFACE).settings(settings);
        boolean settled = false;
        while (!settled) {
            Came frame = client.read();
            settled = frame.type() == Frame.SETTINGS && frame.has(Frame.ACK);
        }
        return client.frame(Frame.SETTINGS, Frame.ACK, 0);
    }

    Socket socket() {
        return socket;
    }

    FrameClient send(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
        return this;
    }

    FrameClient settings(int... pairs) throws IOException {
        var payload = new ByteArrayOutputStream();
        for (int i = 0; i < pairs.length; i += 2) {
            payload.write(pairs[i] >> 8);
            payload.write(pairs[i]);
            payload.writeBytes(integer(pairs[i + 1]));
        }
        return frame(Frame.SETTINGS, 0, 0, payload.toByteArray());
    }

    static byte[] integer(int value) {
        return new byte[] {(byte) (value >> 24), (byte) (value >> 16), (byte) (value >> 8), (byte) value};
    }

    /** Sends a frame with the octets of these arrays. */
    FrameClient frame(int type, int flags, int stream, byte[]... payload) throws IOException {
        return send(bytes(type, flags, stream, payload));
    }

    static byte[] bytes(int type, int flags, int stream, byte[]... payload) {
        var bytes = new ByteArrayOutputStream();
        int length = Arrays.stream(payload).mapToInt(part -> part.length).sum();
        bytes.write(length >> 16);
        bytes.write(length >> 8);
        bytes.write(length);
        bytes.write(type);
        bytes.write(flags);
        bytes.writeBytes(integer(stream));
        Arrays.stream(payload).forEach(bytes::writeBytes);
        return bytes.toByteArray();
    }

    /** A field section: names and values, one after the other. */
    static byte[] section(String... fields) {
        var encoder = new HpackEncoder();
        for (int i = 0; i < fields.length; i += 2) {
            encoder.field(fields[i], fields[i + 1]);
        }
        return Arrays.copyOf(encoder.bytes(), encoder.length());
    }

    /** The field section of a request for a path, with more fields. */
    static byte[] request(String method, String path, String... more) {
        String[] fields = {":method", method, ":scheme", "http", ":authority", "h", ":path", path};
        String[] all = Arrays.copyOf(fields, fields.length + more.length);
        System.arraycopy(more, 0, all, fields.length, more.length);
        return section(all);
    }

    FrameClient get(int stream, String path, String... more) throws IOException {
        return frame(Frame.HEADERS, Frame.END_HEADERS | Frame.END_STREAM, stream, request("GET", path, more));
    }

    FrameClient post(int stream, String path, String... more) throws IOException {
        return frame(Frame.HEADERS, Frame.END_HEADERS, stream, request("POST", path, more));
    }

    FrameClient data(int stream, String text, boolean end) throws IOException {
        return frame(Frame.DATA, end ? Frame.END_STREAM : 0, stream, text.getBytes(StandardCharsets.UTF_8));
    }

    /** Reads a frame. */
    Came read() throws IOException {
        byte[] header = readExactly(Frame.HEADER);
        Frame frame = Frame.read(header, 0);
        return new Came(frame.type(), frame.flags(), frame.stream(), readExactly(frame.length()));
    }

    private byte[] readExactly(int count) throws IOException {
        byte[] bytes = in.readNBytes(count);
        if (bytes.length < count) {
            throw new EOFException("the connection was closed");
        }
        return bytes;
    }

    /** Reads up to a frame of this type that is no acknowledgement; others are let fall, but pings are answered. */
    Came await(int type) throws IOException {
        while (true) {
            Came frame = read();
            if (frame.type() == Frame.HEADERS || frame.type() == Frame.CONTINUATION) {
                decode(frame);
            }
            if (frame.type() == Frame.PING && !frame.has(Frame.ACK) && type != Frame.PING) {
                frame(Frame.PING, Frame.ACK, 0, frame.payload());
            }
            if (frame.type() == type && (type == Frame.DATA || type == Frame.HEADERS || type == Frame.PING
                    || !frame.has(Frame.ACK))) {
                return frame;
            }
        }
    }

    List<HeaderField> decode(Came frame) throws IOException {
        List<HeaderField> fields = new ArrayList<>();
        try {
            decoder.decode(frame.payload(), 0, frame.payload().length, fields::add);
        } catch (HpackException e) {
            throw new IOException(e);
        }
        return fields;
    }

    /** Reads the response on a stream to its end; opens the windows for what comes. Frames of others are let fall. */
    Response readResponse(int stream) throws IOException {
        List<HeaderField> fields = null;
        List<HeaderField> trailers = List.of();
        var body = new ByteArrayOutputStream();
        while (true) {
            Came frame = read();
            if (frame.type() == Frame.DATA && frame.payload().length > 0) {
                frame(Frame.WINDOW_UPDATE, 0, 0, integer(frame.payload().length));
            }
            if (frame.type() == Frame.HEADERS) {
                List<HeaderField> decoded = decode(frame);
                if (frame.stream() == stream && (fields == null || fields.getFirst().value().equals("100"))) {
                    fields = decoded;
                } else if (frame.stream() == stream) {
                    trailers = decoded;
                }
            } else if (frame.type() == Frame.GOAWAY && frame.integer(4) != 0) {
                throw new EOFException("GOAWAY " + ErrorCode.values()[frame.integer(4)]);
            } else if (frame.type() == Frame.RST_STREAM && frame.stream() == stream) {
                throw new EOFException("RST_STREAM " + ErrorCode.values()[frame.integer(0)]);
            } else if (frame.type() == Frame.DATA && frame.stream() == stream) {
                body.writeBytes(frame.payload());
                if (frame.payload().length > 0 && !frame.has(Frame.END_STREAM)) {
                    frame(Frame.WINDOW_UPDATE, 0, stream, integer(frame.payload().length));
                }
            } else if (frame.type() == Frame.PING && !frame.has(Frame.ACK)) {
                frame(Frame.PING, Frame.ACK, 0, frame.payload());
            }
            if (frame.stream() == stream && frame.has(Frame.END_STREAM)
                    && (frame.type() == Frame.DATA || frame.type() == Frame.HEADERS)) {
                return new Response(fields, body.toByteArray(), trailers);
            }
        }
    }

    /**
     * What the server says to the end: {@code GOAWAY code}, {@code RST_STREAM code}, {@code PING} for the answer to a ping,
     * {@code status} of a response, or {@code closed}; whichever comes first.
     */
    String outcome() throws IOException {
        try {
            while (true) {
                Came frame = read();
                switch (frame.type()) {
                    case Frame.GOAWAY -> {
                        return "GOAWAY " + ErrorCode.values()[frame.integer(4)];
                    }
                    case Frame.RST_STREAM -> {
                        return "RST_STREAM " + ErrorCode.values()[frame.integer(0)];
                    }
                    case Frame.HEADERS -> {
                        return decode(frame).getFirst().value();
                    }
                    case Frame.PING -> {
                        return "PING";
                    }
                    default -> {
                        // says nothing about it
                    }
                }
            }
        } catch (EOFException | SocketException e) {
            return "closed";
        }
    }

    /** Whether the server closes, after whatever it still says. */
    boolean isClosedByServer() throws IOException {
        try {
            while (true) {
                read();
            }
        } catch (EOFException | SocketException e) {
            return true;
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
