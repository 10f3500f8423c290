package dev.loomgate.http2;

import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

import dev.loomgate.http.BodySink;
import dev.loomgate.transport.FilePieces;

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

    /** Through memory: the system knows nothing of frames. */
    @Override
    public void transferFrom(FileChannel file, long position, long count) throws IOException {
        HpackEncoder first = head;
        head = null;
        try {
            out.body(first, (at, frames, part) -> read(file, position + at, frames, part, count - at), count, isLast(count));
        } catch (UncheckedIOException e) {
            // of the file: who sent it must know that it was not the client
            throw new IOException(e.getCause().getMessage(), e);
        }
    }

    /** By one system call, if the system has it all at hand. */
    private static void read(FileChannel file, long at, byte[] frames, int count, long left) {
        ByteBuffer piece = FilePieces.borrow().limit(count);
        try {
            while (piece.hasRemaining()) {
                if (file.read(piece, at + piece.position()) < 0) {
                    throw new EOFException("the file ended " + (left - piece.position()) + " bytes before it should have");
                }
            }
            piece.flip();
            for (int done = 0; done < count; done += Frame.PIECE) {
                piece.get(frames, Frame.placeOf(done), Math.min(Frame.PIECE, count - done));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            FilePieces.giveBack(piece);
        }
    }

    /** Counts bytes that are written next; returns whether they are the end of the response. */
    private boolean isLast(long count) {
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
