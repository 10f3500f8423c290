package dev.loomgate.http2;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

import dev.loomgate.http.BodySink;

/** Writes a body as frames. Its header leaves with the first of them. For the thread that writes the body. */
final class StreamSink implements BodySink {
    private final Http2Response response;
    private final StreamOutput out;
    private final long length;
    private final boolean mute;
    /** Null once it has been written. */
    private HpackEncoder head;
    private long written;
    private boolean ended;

    /** @param length of the body in bytes, or -1 if its end says */
    StreamSink(Http2Response response, StreamOutput out, HpackEncoder head, long length, boolean mute) {
        this.response = response;
        this.out = out;
        this.head = head;
        this.length = length;
        this.mute = mute;
    }

    @Override
    public long length() {
        return length;
    }

    @Override
    public boolean isMute() {
        return mute;
    }

    @Override
    public void write(byte[] bytes, int offset, int count) {
        boolean last = isLast(count);
        if (head == null) {
            out.data(bytes, offset, count, last);
        } else {
            HpackEncoder first = head;
            head = null;
            out.headersAndData(first, bytes, offset, count, last);
        }
    }

    /** Through memory: the system knows nothing of frames. Nothing is read, or kept, for which the client has no room yet. */
    @Override
    public void transferFrom(FileChannel file, long position, long count) throws IOException {
        flush();
        long at = position;
        long end = position + count;
        while (at < end) {
            int reserved = out.reserve((int) Math.min(Frame.PIECE, end - at));
            byte[] piece = null;
            try {
                piece = read(file, at, reserved, end);
            } finally {
                if (piece == null) {
                    out.giveBack(reserved);
                }
            }
            at += reserved;
            out.reserved(piece, isLast(reserved));
        }
    }

    private static byte[] read(FileChannel file, long at, int count, long end) throws IOException {
        var piece = ByteBuffer.allocate(count);
        while (piece.hasRemaining()) {
            if (file.read(piece, at + piece.position()) < 0) {
                throw new EOFException("the file ended " + (end - at - piece.position()) + " bytes before it should have");
            }
        }
        return piece.array();
    }

    /** Counts bytes that are written next; returns whether they are the end of the response. */
    private boolean isLast(int count) {
        written += count;
        boolean last = written == length && !response.isFollowedByTrailers();
        ended |= last;
        return last;
    }

    @Override
    public void flush() {
        if (head != null && !mute) {
            HpackEncoder first = head;
            head = null;
            out.headers(first, false);
        }
    }

    @Override
    public void end() {
        if (ended) {
            return;
        }
        ended = true;
        if (!mute && response.isFollowedByTrailers()) {
            flush();
            out.headers(response.trailerFields(), true);
        } else if (head != null) {
            HpackEncoder only = head;
            head = null;
            out.headers(only, true);
        } else {
            out.end();
        }
    }
}
