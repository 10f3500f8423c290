package dev.loomgate.http2;

import java.io.IOException;

import dev.loomgate.guard.Reason;
import dev.loomgate.http2.Streams.End;

/** Takes DATA frames (RFC 9113 section 6.1). For the thread that reads the connection. */
final class DataReader {
    /** Pieces of bodies that are smaller are counted as frames that ask for nothing. */
    private static final int TINY = 16;

    private final Http2Connection connection;
    private final FrameInput input;
    private final Streams streams;
    private final Intake intake;

    DataReader(Http2Connection connection, FrameInput input) {
        this.connection = connection;
        this.input = input;
        this.streams = connection.streams();
        this.intake = streams.intake();
    }

    void take(Frame frame) throws IOException, ConnectionError, StreamError {
        if (frame.stream() == 0) {
            throw new ConnectionError(ErrorCode.PROTOCOL_ERROR, "a DATA frame names no stream");
        }
        if (!intake.receive(frame.length())) {
            throw new ConnectionError(ErrorCode.FLOW_CONTROL_ERROR, "more was sent than the connection's window had room for");
        }
        if (frame.length() < TINY && !frame.has(Frame.END_STREAM)) {
            connection.budget().frame();
        }
        StreamError mistake = mistake(frame);
        Http2Stream stream = mistake == null ? streams.find(frame.stream()) : null;
        int padding = padding(frame);
        int length = frame.length() - padding;
        int allowed = 0;
        int fallen = padding;
        for (int left = length; left > 0;) {
            if (stream == null) {
                input.requireSomeInVain();
            } else {
                input.requireSome();
                stream = unlessFull(stream);
            }
            int part = Math.min(left, input.available());
            if (stream == null) {
                fallen += part;
            } else {
                allowed += intake.keep(part);
                boolean kept = false;
                try {
                    kept = stream.put(input.bytes(), input.position(), part);
                } catch (StreamError e) {
                    mistake = e;
                    stream = null;
                } finally {
                    allowed += kept ? 0 : intake.release(part);
                }
            }
            input.skip(part);
            left -= part;
        }
        skipPadding(frame, padding);
        connection.allow(allowed + intake.drop(fallen));
        if (mistake != null) {
            throw mistake;
        }
        if (stream != null) {
            connection.writer().windowUpdate(stream.id(),
                    frame.has(Frame.END_STREAM) ? 0 : stream.receiveWindow().take(padding));
            if (frame.has(Frame.END_STREAM)) {
                stream.end(null);
            }
        }
    }

    /** The stream; null if there is no memory left for what waits, and that is why it was ended. */
    private Http2Stream unlessFull(Http2Stream stream) {
        if (!intake.isFull() || stream.isRead()) {
            return stream;
        }
        connection.context().count(Reason.HEAP);
        connection.reset(stream, ErrorCode.ENHANCE_YOUR_CALM);
        return null;
    }

    /** What is wrong with the frame for the state that its stream is in (section 5.1); null if nothing is. */
    private StreamError mistake(Frame frame) throws ConnectionError {
        int id = frame.stream();
        Http2Stream stream = streams.find(id);
        if (stream != null) {
            return stream.hasEnded() ? new StreamError(ErrorCode.STREAM_CLOSED, "a body goes on behind its end")
                    : stream.receiveWindow().receive(frame.length()) ? null
                    : new StreamError(ErrorCode.FLOW_CONTROL_ERROR, "more was sent than the stream's window had room for");
        }
        if (!streams.isUsed(id) || (id & 1) == 0) {
            if (streams.isShut() && (id & 1) == 1) {
                // of a stream that was refused, as the connection ends
                return null;
            }
            throw new ConnectionError(ErrorCode.PROTOCOL_ERROR, "a DATA frame names a stream that was never opened");
        }
        if (streams.mayCome(id, frame.length())) {
            return null;
        }
        connection.budget().frame();
        return streams.endOf(id) == End.RESET_HERE ? null
                : new StreamError(ErrorCode.STREAM_CLOSED, "a DATA frame names a stream that has ended");
    }

    /** Octets that are not of the body, the one that says how many among them; that one has been read. */
    private int padding(Frame frame) throws IOException, ConnectionError {
        if (!frame.has(Frame.PADDED)) {
            return 0;
        }
        int padding = -1;
        if (frame.length() > 0) {
            input.require(1);
            padding = input.bytes()[input.position()] & 0xff;
            input.skip(1);
        }
        if (padding < 0 || padding >= frame.length()) {
            throw new ConnectionError(ErrorCode.PROTOCOL_ERROR, "the padding is as long as the frame");
        }
        return padding + 1;
    }

    private void skipPadding(Frame frame, int padding) throws IOException {
        if (frame.has(Frame.PADDED)) {
            input.require(padding - 1);
            input.skip(padding - 1);
        }
    }
}
