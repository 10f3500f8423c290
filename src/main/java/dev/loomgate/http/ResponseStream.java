package dev.loomgate.http;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.util.Objects;

import dev.loomgate.transport.Buffers;
import dev.loomgate.transport.FileSink;

/**
 * Body of a response that is written bit by bit. Holds the first bytes back until a buffer is full or flushed: a body that
 * ends before that gets a length and leaves with its header in one system call. Holds no buffer while it is empty.
 */
final class ResponseStream extends OutputStream implements FileSink {
    private final MessageResponse<?> response;
    private final Buffers buffers;
    private byte[] buffer;
    private int count;
    private BodySink sink;
    private boolean closed;
    /** A piece was not written, or only in part: an end behind it would tell the client that all is there. */
    private boolean broken;
    private long left;
    private long written;

    ResponseStream(MessageResponse<?> response, Buffers buffers) {
        this.response = response;
        this.buffers = buffers;
    }

    /** Whether the header has been written, so that nothing of the response can be changed any more. */
    boolean hasBegun() {
        return sink != null;
    }

    /** Whether body and header agree and all is written. */
    boolean isComplete() {
        return closed && (left == 0 || sink != null && sink.isMute());
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
            buffer = buffers.borrow();
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
                buffer = buffers.borrow();
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
        if (!sink.isMute() && length > 0) {
            broken = true;
            sink.transferFrom(file, position, length);
            broken = false;
        }
    }

    /** Writes what is there to the client, beginning the response if it has not begun. */
    @Override
    public void flush() throws IOException {
        if (!closed) {
            emitBuffer();
            begin();
            sink.flush();
        }
    }

    /** Ends the body, and writes it to the client. What follows a response is for {@link MessageResponse#commit}. */
    @Override
    public void close() throws IOException {
        if (closed) {
            return;
        }
        if (broken) {
            discard();
            throw new IOException("the response can't be ended, for a part of it could not be written");
        }
        if (sink == null && !response.hasTrailers()) {
            response.knowLength(count);
        }
        emitBuffer();
        begin();
        closed = true;
        if (left > 0 && !sink.isMute()) {
            throw new IOException("the response ended " + left + " bytes before the Content-Length that was set");
        }
        sink.end();
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
            buffers.giveBack(buffer);
            buffer = null;
            count = 0;
        }
    }

    private void begin() {
        if (sink == null) {
            sink = response.openBody();
            left = Math.max(sink.length(), 0);
        }
    }

    private void emit(byte[] bytes, int offset, int length) throws IOException {
        account(length);
        if (!sink.isMute() && length > 0) {
            broken = true;
            sink.write(bytes, offset, length);
            broken = false;
        }
    }

    private void account(long length) throws IOException {
        if (sink.length() >= 0) {
            if (length > left && !sink.isMute()) {
                throw new IOException("the response is " + (length - left) + " bytes longer than the Content-Length that was set");
            }
            left = Math.max(left - length, 0);
        }
        written += length;
    }

    private void requireOpen() throws IOException {
        if (closed) {
            throw new IOException("the response's stream is closed");
        }
        if (broken) {
            throw new IOException("the response can't go on, for a part of it could not be written");
        }
    }
}
