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
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A client that sends exactly the frames it is told, for what an HTTP library can't send. */
final class FrameClient implements AutoCloseable {
    static final byte[] PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private final Socket socket;
    private final InputStream in;
    private final HpackDecoder decoder = new HpackDecoder();
    private final Map<Integer, Partial> partials = new HashMap<>();

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

    private static final class Partial {
        private List<HeaderField> fields;
        private List<HeaderField> trailers = List.of();
        private final ByteArrayOutputStream body = new ByteArrayOutputStream();
        private boolean ended;
    }

    /** Reads the response on a stream to its end, and keeps what comes on others; opens the windows for what comes. */
    Response readResponse(int stream) throws IOException {
        while (!partial(stream).ended) {
            Came frame = read();
            Partial one = partial(frame.stream());
            switch (frame.type()) {
                case Frame.HEADERS -> {
                    List<HeaderField> decoded = decode(frame);
                    if (one.fields == null || one.fields.getFirst().value().equals("100")) {
                        one.fields = decoded;
                    } else {
                        one.trailers = decoded;
                    }
                    one.ended |= frame.has(Frame.END_STREAM);
                }
                case Frame.DATA -> {
                    one.body.writeBytes(frame.payload());
                    one.ended |= frame.has(Frame.END_STREAM);
                    if (frame.payload().length > 0) {
                        frame(Frame.WINDOW_UPDATE, 0, 0, integer(frame.payload().length));
                        if (!one.ended) {
                            frame(Frame.WINDOW_UPDATE, 0, frame.stream(), integer(frame.payload().length));
                        }
                    }
                }
                case Frame.PING -> {
                    if (!frame.has(Frame.ACK)) {
                        frame(Frame.PING, Frame.ACK, 0, frame.payload());
                    }
                }
                case Frame.GOAWAY -> {
                    if (frame.integer(4) != 0) {
                        throw new EOFException("GOAWAY " + ErrorCode.values()[frame.integer(4)]);
                    }
                }
                case Frame.RST_STREAM -> {
                    if (frame.stream() == stream) {
                        throw new EOFException("RST_STREAM " + ErrorCode.values()[frame.integer(0)]);
                    }
                }
                default -> {
                    // of no meaning for a response
                }
            }
        }
        Partial whole = partials.remove(stream);
        return new Response(whole.fields, whole.body.toByteArray(), whole.trailers);
    }

    /** Reads up to the header of a stream's response; returns its status. */
    int readResponseStatus(int stream) throws IOException {
        while (true) {
            Came frame = read();
            if (frame.type() == Frame.HEADERS) {
                String status = decode(frame).getFirst().value();
                if (frame.stream() == stream) {
                    return Integer.parseInt(status);
                }
            }
        }
    }

    /** Reads up to the reset of a stream. */
    ErrorCode awaitReset(int stream) throws IOException {
        while (true) {
            Came frame = await(Frame.RST_STREAM);
            if (frame.stream() == stream) {
                return ErrorCode.values()[frame.integer(0)];
            }
        }
    }

    private Partial partial(int stream) {
        return partials.computeIfAbsent(stream, any -> new Partial());
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
