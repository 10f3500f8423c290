package dev.loomgate.http1;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.util.Objects;

import dev.loomgate.http1.ResponseHead.Framing;
import dev.loomgate.transport.Buffers;
import dev.loomgate.transport.FileSink;

/**
 * Body of a response that is written bit by bit. Holds the first bytes back until a buffer is full or flushed: a body that
 * ends before that gets a length and leaves with its header in one system call. Holds no buffer while it is empty.
 */
final class ResponseStream extends OutputStream implements FileSink {
    private final Http1Response response;
    private final ResponseOutput out;
    private byte[] buffer;
    private int count;
    private boolean begun;
    private boolean closed;
    private boolean mute;
    private Framing framing;
    private long left;
    private long written;

    ResponseStream(Http1Response response, ResponseOutput out) {
        this.response = response;
        this.out = out;
    }

    /** Whether the header has been written, so that nothing of the response can be changed any more. */
    boolean hasBegun() {
        return begun;
    }

    /** Whether body and header agree and all is written. */
    boolean isComplete() {
        return closed && (left == 0 || mute);
    }

    long written() {
        return written;
    }

    @Override
    public void write(int octet) throws IOException {
        requireOpen();
        if (buffer != null && count == buffer.length) {
            emitBuffer();
        }
        if (buffer == null) {
            buffer = out.borrow();
        }
        buffer[count++] = (byte) octet;
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, bytes.length);
        requireOpen();
        int room = (buffer == null ? Buffers.SIZE : buffer.length) - count;
        if (length > room) {
            emitBuffer();
            if (length >= Buffers.SIZE) {
                begin();
                emit(bytes, offset, length);
                return;
            }
        }
        if (length > 0) {
            if (buffer == null) {
                buffer = out.borrow();
            }
            System.arraycopy(bytes, offset, buffer, count, length);
            count += length;
        }
    }

    @Override
    public void transferFrom(FileChannel file, long position, long length) throws IOException {
        requireOpen();
        emitBuffer();
        begin();
        account(length);
        if (mute || length == 0) {
            return;
        }
        if (framing == Framing.CHUNKED) {
            putChunkSize(length);
        }
        out.transferFrom(file, position, length);
        if (framing == Framing.CHUNKED) {
            out.putLineEnd();
        }
    }

    /** Writes what is there to the client, beginning the response if it has not begun. */
    @Override
    public void flush() throws IOException {
        if (!closed) {
            emitBuffer();
            begin();
            out.flush();
        }
    }

    /** Ends the body, and writes it to the client. What follows a response is for {@link Http1Response#commit}. */
    @Override
    public void close() throws IOException {
        if (closed) {
            return;
        }
        if (!begun && !response.hasTrailers()) {
            response.knowLength(count);
        }
        emitBuffer();
        begin();
        closed = true;
        if (framing == Framing.CHUNKED && !mute) {
            response.writeLastChunk();
        }
        if (left > 0 && !mute) {
            throw new IOException("the response ended " + left + " bytes before the Content-Length that was set");
        }
        out.flush();
    }

    /** Gives the buffer back, whatever it holds. */
    void discard() {
        closed = true;
        release();
    }

    private void emitBuffer() throws IOException {
        if (count > 0) {
            int length = count;
            begin();
            count = 0;
            emit(buffer, 0, length);
        }
        release();
    }

    private void release() {
        if (buffer != null) {
            out.giveBack(buffer);
            buffer = null;
            count = 0;
        }
    }

    private void begin() {
        if (!begun) {
            framing = response.begin();
            begun = true;
            mute = response.isMute() || framing == Framing.NONE;
            left = framing == Framing.LENGTH ? response.announcedLength() : 0;
        }
    }

    private void emit(byte[] bytes, int offset, int length) throws IOException {
        account(length);
        if (mute || length == 0) {
            return;
        }
        if (framing == Framing.CHUNKED) {
            putChunkSize(length);
            out.put(bytes, offset, length);
            out.putLineEnd();
        } else {
            out.put(bytes, offset, length);
        }
    }

    private void account(long length) throws IOException {
        if (framing == Framing.LENGTH && length > left && !mute) {
            throw new IOException("the response is " + (length - left) + " bytes longer than the Content-Length that was set");
        }
        left = framing == Framing.LENGTH ? Math.max(left - length, 0) : 0;
        written += length;
    }

    private void putChunkSize(long length) {
        out.putLatin1(Long.toHexString(length));
        out.putLineEnd();
    }

    private void requireOpen() throws IOException {
        if (closed) {
            throw new IOException("the response's stream is closed");
        }
    }
}
