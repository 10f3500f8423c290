package dev.loomgate.http2;

import java.io.ByteArrayOutputStream;
import java.io.IOException;

import dev.loomgate.guard.Reason;
import dev.loomgate.http.Refusal;
import dev.loomgate.http2.RequestFields.RequestHead;

/**
 * Takes HEADERS frames with the CONTINUATION frames that follow them (RFC 9113 sections 6.2 and 6.10): a request, or the trailer of
 * one. Whatever comes of it, the field section is decoded, as the next ones may refer to it. For the thread that reads the
 * connection.
 */
final class HeaderReader {
    private static final int PRIORITY_LENGTH = 5;

    private final Http2Connection connection;
    private final FrameInput input;
    private final Streams streams;
    private final Http2Settings settings;
    private final HpackDecoder decoder = new HpackDecoder();

    HeaderReader(Http2Connection connection, FrameInput input) {
        this.connection = connection;
        this.input = input;
        this.streams = connection.streams();
        this.settings = connection.settings();
    }

    void take(Frame frame) throws IOException, ConnectionError, StreamError {
        int id = frame.stream();
        if ((id & 1) == 0) {
            throw new ConnectionError(ErrorCode.PROTOCOL_ERROR, "a client's streams have odd numbers");
        }
        boolean ended = frame.has(Frame.END_STREAM);
        Http2Stream open = streams.find(id);
        var fields = new RequestFields(settings, open != null);
        boolean dependsOnItself = read(frame, fields);
        if (open != null) {
            trailer(open, fields, ended);
        } else if (streams.isUsed(id)) {
            late(id);
        } else {
            request(id, fields, ended, dependsOnItself);
        }
    }

    /** Reads and decodes the field section; returns whether the stream is said to depend on itself. */
    private boolean read(Frame frame, RequestFields fields) throws IOException, ConnectionError {
        input.require(frame.length());
        byte[] bytes = input.bytes();
        int start = input.position();
        int end = start + frame.length();
        input.skip(frame.length());
        if (frame.has(Frame.PADDED)) {
            if (start == end) {
                throw new ConnectionError(ErrorCode.FRAME_SIZE_ERROR, "a HEADERS frame is too short for its padding");
            }
            end -= bytes[start++] & 0xff;
        }
        boolean dependsOnItself = false;
        if (frame.has(Frame.WITH_PRIORITY)) {
            if (end - start < PRIORITY_LENGTH) {
                throw new ConnectionError(frame.has(Frame.PADDED) ? ErrorCode.PROTOCOL_ERROR : ErrorCode.FRAME_SIZE_ERROR,
                        "a HEADERS frame is too short for its priority");
            }
            dependsOnItself = (Frame.integer(bytes, start) & Integer.MAX_VALUE) == frame.stream();
            start += PRIORITY_LENGTH;
        }
        if (start > end) {
            throw new ConnectionError(ErrorCode.PROTOCOL_ERROR, "the padding is as long as the frame");
        }
        if (frame.has(Frame.END_HEADERS)) {
            decode(bytes, start, end, fields);
        } else {
            var section = new ByteArrayOutputStream();
            section.write(bytes, start, end - start);
            readOn(frame.stream(), section);
            decode(section.toByteArray(), 0, section.size(), fields);
        }
        return dependsOnItself;
    }

    /** Reads the frames that belong to an open field section: nothing else may come between. */
    private void readOn(int stream, ByteArrayOutputStream section) throws IOException, ConnectionError {
        boolean last = false;
        while (!last) {
            Frame next = FrameReader.header(input);
            if (next.type() != Frame.CONTINUATION || next.stream() != stream) {
                throw new ConnectionError(ErrorCode.PROTOCOL_ERROR, "another frame comes between those of a field section");
            }
            connection.budget().frame();
            // all that is allowed, and as much again, so that who is a little above it gets an answer
            if (section.size() + next.length() > 2L * settings.maxHeader()) {
                throw new ConnectionError(ErrorCode.ENHANCE_YOUR_CALM, Reason.HEADER, "a header is longer than it may be");
            }
            input.require(next.length());
            section.write(input.bytes(), input.position(), next.length());
            input.skip(next.length());
            last = next.has(Frame.END_HEADERS);
        }
    }

    private void decode(byte[] bytes, int start, int end, RequestFields fields) throws ConnectionError {
        try {
            decoder.decode(bytes, start, end, fields);
        } catch (HpackException e) {
            throw new ConnectionError(ErrorCode.COMPRESSION_ERROR, e.getMessage());
        }
    }

    private static void trailer(Http2Stream stream, RequestFields fields, boolean ended) throws StreamError {
        if (stream.hasEnded()) {
            throw new StreamError(ErrorCode.STREAM_CLOSED, "a field section behind the end of a stream");
        }
        if (!ended) {
            throw new StreamError(ErrorCode.PROTOCOL_ERROR, "a trailer that is not the end of its stream");
        }
        stream.end(fields.trailers());
    }

    /** A stream that is not open any more (section 5.1). */
    private void late(int id) throws ConnectionError, StreamError {
        switch (streams.endOf(id)) {
            case RESET_HERE -> connection.budget().frame();
            case RESET -> throw new StreamError(ErrorCode.STREAM_CLOSED, "a field section on a stream that was reset");
            case COMPLETE -> throw new ConnectionError(ErrorCode.STREAM_CLOSED, "a field section on a stream that has ended");
            case UNKNOWN -> throw new ConnectionError(ErrorCode.PROTOCOL_ERROR,
                    "a new stream has a lower number than one before");
        }
    }

    private void request(int id, RequestFields fields, boolean ended, boolean dependsOnItself)
            throws IOException, ConnectionError, StreamError {
        if (!streams.use(id)) {
            // it may be sent again on another connection
            connection.writer().reset(id, ErrorCode.REFUSED_STREAM);
            connection.budget().reset();
            return;
        }
        boolean served = false;
        try {
            served = admit(id, fields, ended, dependsOnItself);
        } finally {
            if (!served) {
                streams.finished();
            }
        }
    }

    private boolean admit(int id, RequestFields fields, boolean ended, boolean dependsOnItself)
            throws IOException, ConnectionError, StreamError {
        connection.budget().packet();
        if (dependsOnItself) {
            throw new StreamError(ErrorCode.PROTOCOL_ERROR, "a stream depends on itself");
        }
        // requests that were broken off may still be worked on: a client can't have ever more of them (section 10.5)
        if (streams.openCount() >= settings.maxStreams() || streams.runningCount() > 2 * settings.maxStreams()) {
            streams.drop(id, Streams.End.RESET_HERE);
            connection.writer().reset(id, ErrorCode.REFUSED_STREAM);
            connection.budget().brokenOff();
            return false;
        }
        RequestHead head;
        try {
            head = fields.head(settings, ended);
        } catch (Refusal e) {
            connection.refuse(id, ended, fields.isHead(), e);
            connection.budget().inVain();
            return false;
        }
        Http2Stream stream = streams.open(id);
        if (ended) {
            stream.end(null);
        } else {
            stream.announce(head.bodyLength());
        }
        connection.serve(stream, head);
        return true;
    }
}
