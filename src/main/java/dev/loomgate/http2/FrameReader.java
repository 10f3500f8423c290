package dev.loomgate.http2;

import java.io.IOException;

import dev.loomgate.http2.Streams.End;

/**
 * Takes the frames of a connection one by one and does what each asks for (RFC 9113 sections 4 to 6). For the thread that reads the
 * connection.
 */
final class FrameReader {
    private final Http2Connection connection;
    private final FrameInput input;
    private final Streams streams;
    private final FrameWriter writer;
    private final FrameBudget budget;
    private final HeaderReader headers;
    private final DataReader data;
    private boolean settled;

    FrameReader(Http2Connection connection, FrameInput input) {
        this.connection = connection;
        this.input = input;
        this.streams = connection.streams();
        this.writer = connection.writer();
        this.budget = connection.budget();
        this.headers = new HeaderReader(connection, input);
        this.data = new DataReader(connection, input);
    }

    /** Waits for the rest of a frame that has begun to come, and does what it asks for. */
    void next() throws IOException, ConnectionError {
        input.beginFrame();
        Frame frame = header(input);
        if (!settled && (frame.type() != Frame.SETTINGS || frame.has(Frame.ACK))) {
            throw new ConnectionError(ErrorCode.PROTOCOL_ERROR, "the first frame is not SETTINGS");
        }
        try {
            take(frame);
        } catch (StreamError e) {
            Http2Stream stream = streams.find(frame.stream());
            if (stream != null) {
                connection.reset(stream, e.code());
            } else {
                streams.drop(frame.stream(), End.RESET_HERE);
                writer.reset(frame.stream(), e.code());
            }
            connection.context().countRefusal(400);
            budget.reset();
        }
    }

    /** Reads the header of a frame. */
    static Frame header(FrameInput input) throws IOException, ConnectionError {
        input.require(Frame.HEADER);
        Frame frame = Frame.read(input.bytes(), input.position());
        input.skip(Frame.HEADER);
        if (frame.length() > Frame.LARGEST) {
            throw new ConnectionError(ErrorCode.FRAME_SIZE_ERROR, "a frame is longer than " + Frame.LARGEST + " bytes");
        }
        return frame;
    }

    private void take(Frame frame) throws IOException, ConnectionError, StreamError {
        switch (frame.type()) {
            case Frame.DATA -> data.take(frame);
            case Frame.HEADERS -> headers.take(frame);
            case Frame.PRIORITY -> priority(frame);
            case Frame.RST_STREAM -> reset(frame);
            case Frame.SETTINGS -> settings(frame);
            case Frame.PING -> ping(frame);
            case Frame.GOAWAY -> goAway(frame);
            case Frame.WINDOW_UPDATE -> windowUpdate(frame);
            case Frame.PUSH_PROMISE -> throw new ConnectionError(ErrorCode.PROTOCOL_ERROR, "a client can't push");
            case Frame.CONTINUATION -> throw new ConnectionError(ErrorCode.PROTOCOL_ERROR,
                    "a CONTINUATION frame follows no field section that is open");
            default -> {
                // of an extension (section 5.5)
                budget.frame();
                skip(frame.length());
            }
        }
    }

    private void skip(int count) throws IOException {
        for (int left = count; left > 0;) {
            input.requireSomeInVain();
            int part = Math.min(left, input.available());
            input.skip(part);
            left -= part;
        }
    }

    private static void require(boolean condition, ErrorCode code, String mistake) throws ConnectionError {
        if (!condition) {
            throw new ConnectionError(code, mistake);
        }
    }

    private static void requireConnection(Frame frame) throws ConnectionError {
        require(frame.stream() == 0, ErrorCode.PROTOCOL_ERROR, "a frame that is for the connection names a stream");
    }

    private static void requireStream(Frame frame) throws ConnectionError {
        require(frame.stream() != 0, ErrorCode.PROTOCOL_ERROR, "a frame that is for a stream names none");
    }

    private void requireUsed(Frame frame) throws ConnectionError {
        // a stream that was refused, as the connection ends, has been opened for its client
        require((frame.stream() & 1) == 1 && (streams.isUsed(frame.stream()) || streams.isShut()), ErrorCode.PROTOCOL_ERROR,
                "a frame names a stream that was never opened");
    }

    /** Says nothing any more (section 5.3.2), but must be well-formed. */
    private void priority(Frame frame) throws IOException, ConnectionError, StreamError {
        requireStream(frame);
        budget.frame();
        boolean used = streams.isUsed(frame.stream());
        if (frame.length() != 5) {
            skip(frame.length());
            // a stream that was never opened can't be reset
            require(used, ErrorCode.FRAME_SIZE_ERROR, "a PRIORITY frame has not 5 bytes");
            throw new StreamError(ErrorCode.FRAME_SIZE_ERROR, "a PRIORITY frame has not 5 bytes");
        }
        input.require(5);
        int dependency = Frame.integer(input.bytes(), input.position()) & Integer.MAX_VALUE;
        input.skip(5);
        if (dependency == frame.stream()) {
            require(used, ErrorCode.PROTOCOL_ERROR, "a stream depends on itself");
            throw new StreamError(ErrorCode.PROTOCOL_ERROR, "a stream depends on itself");
        }
    }

    private void reset(Frame frame) throws IOException, ConnectionError {
        requireStream(frame);
        requireUsed(frame);
        require(frame.length() == 4, ErrorCode.FRAME_SIZE_ERROR, "a RST_STREAM frame has not 4 bytes");
        input.require(4);
        input.skip(4);
        Http2Stream stream = streams.find(frame.stream());
        if (stream == null) {
            budget.frame();
        } else {
            streams.drop(frame.stream(), End.RESET);
            stream.close(new IOException("the client has ended the stream"));
            connection.discard(stream);
            budget.reset();
        }
    }

    private void settings(Frame frame) throws IOException, ConnectionError {
        requireConnection(frame);
        if (frame.has(Frame.ACK)) {
            require(frame.length() == 0, ErrorCode.FRAME_SIZE_ERROR, "a SETTINGS frame that answers another has settings");
            budget.frame();
            streams.settingsTaken();
            return;
        }
        require(frame.length() % PeerSettings.LENGTH == 0, ErrorCode.FRAME_SIZE_ERROR,
                "the length of a SETTINGS frame is not a multiple of 6");
        if (settled) {
            budget.frame();
        }
        settled = true;
        input.require(frame.length());
        boolean reduced = PeerSettings.take(input.bytes(), input.position(), frame.length(), streams);
        input.skip(frame.length());
        writer.settingsTaken(reduced);
    }

    private void ping(Frame frame) throws IOException, ConnectionError {
        requireConnection(frame);
        require(frame.length() == 8, ErrorCode.FRAME_SIZE_ERROR, "a PING frame has not 8 bytes");
        budget.frame();
        input.require(8);
        long opaque = (long) Frame.integer(input.bytes(), input.position()) << 32
                | Frame.integer(input.bytes(), input.position() + 4) & 0xffffffffL;
        input.skip(8);
        if (frame.has(Frame.ACK)) {
            connection.farewell().answered(opaque);
        } else {
            writer.ping(true, opaque);
        }
    }

    /** The client will open no more streams, or has met an error: it closes when it has what it still wants. */
    private void goAway(Frame frame) throws IOException, ConnectionError {
        requireConnection(frame);
        require(frame.length() >= 8, ErrorCode.FRAME_SIZE_ERROR, "a GOAWAY frame has less than 8 bytes");
        budget.frame();
        skip(frame.length());
    }

    private void windowUpdate(Frame frame) throws IOException, ConnectionError, StreamError {
        require(frame.length() == 4, ErrorCode.FRAME_SIZE_ERROR, "a WINDOW_UPDATE frame has not 4 bytes");
        budget.update();
        input.require(4);
        int increment = Frame.integer(input.bytes(), input.position()) & Integer.MAX_VALUE;
        input.skip(4);
        if (frame.stream() == 0) {
            require(increment > 0, ErrorCode.PROTOCOL_ERROR, "a window is opened by nothing");
            require(streams.windows().extendAll(increment), ErrorCode.FLOW_CONTROL_ERROR, "a window is larger than it can be");
            return;
        }
        requireUsed(frame);
        Http2Stream stream = streams.find(frame.stream());
        if (stream != null && increment == 0) {
            throw new StreamError(ErrorCode.PROTOCOL_ERROR, "a window is opened by nothing");
        }
        if (stream != null && !streams.windows().extend(stream.sendWindow(), increment)) {
            throw new StreamError(ErrorCode.FLOW_CONTROL_ERROR, "a window is larger than it can be");
        }
    }
}
