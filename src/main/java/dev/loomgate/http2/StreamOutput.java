package dev.loomgate.http2;

import java.io.IOException;
import java.io.UncheckedIOException;

import dev.loomgate.guard.Reason;
import dev.loomgate.transport.Connection;
import dev.loomgate.transport.DeadlineException;
import io.helidon.webserver.ServerConnectionException;

/** Where a stream's response goes: cut into frames, for as long as the client's windows have room. For one thread at a time. */
final class StreamOutput {
    private static final byte[] NOTHING = {};

    private final Connection context;
    private final Http2Stream stream;
    private final FrameWriter writer;
    private final SendWindows windows;
    private final FrameBudget budget;

    StreamOutput(Connection context, Http2Stream stream, FrameWriter writer, SendWindows windows, FrameBudget budget) {
        this.context = context;
        this.stream = stream;
        this.writer = writer;
        this.windows = windows;
        this.budget = budget;
    }

    /** Has the client send the body that it waits with (RFC 9110 section 15.2.1). */
    void tellToContinue() throws IOException {
        var head = new HpackEncoder();
        head.status(100);
        writer.headers(stream, head, false);
    }

    /** @throws ServerConnectionException if the stream was closed */
    void headers(HpackEncoder fields, boolean end) {
        try {
            writer.headers(stream, fields, end);
        } catch (IOException e) {
            throw broken(e);
        }
    }

    /**
     * Writes a whole response, in one system call if it is short and the client takes it.
     *
     * @throws ServerConnectionException if the stream was closed, or the client takes nothing
     */
    void whole(HpackEncoder head, byte[] bytes, int offset, int length) {
        if (length == 0) {
            headers(head, true);
        } else {
            headersAndData(head, bytes, offset, length, true);
        }
    }

    /**
     * Writes a header and some of the body, or all of it.
     *
     * @throws ServerConnectionException if the stream was closed, or the client takes nothing
     */
    void headersAndData(HpackEncoder head, byte[] bytes, int offset, int length, boolean end) {
        if (length > Frame.PIECE) {
            body(head, in(bytes, offset), length, end);
            return;
        }
        try {
            if (windows.takeNow(stream.sendWindow(), length)) {
                send(length, end, () -> writer.headersAndData(stream, head, bytes, offset, length, end));
                return;
            }
            writer.headers(stream, head, false);
        } catch (IOException e) {
            throw broken(e);
        }
        data(bytes, offset, length, end);
    }

    /**
     * Writes some of the body, with its end or without; nothing for no bytes.
     *
     * @throws ServerConnectionException if the stream was closed, or the client takes nothing
     */
    void data(byte[] bytes, int offset, int length, boolean end) {
        if (length > Frame.PIECE) {
            body(null, in(bytes, offset), length, end);
            return;
        }
        int at = offset;
        int last = offset + length;
        try {
            while (at < last) {
                int count = take(last - at);
                int from = at;
                boolean whole = end && from + count == last;
                send(count, whole, () -> writer.data(stream, bytes, from, count, whole));
                at += count;
            }
        } catch (IOException e) {
            throw broken(e);
        }
    }

    private static FrameWriter.Content in(byte[] bytes, int start) {
        return (at, frames, count) -> {
            for (int done = 0; done < count; done += Frame.PIECE) {
                int part = Math.min(Frame.PIECE, count - done);
                System.arraycopy(bytes, start + (int) at + done, frames, Frame.placeOf(done), part);
            }
        };
    }

    /**
     * Writes some of the body, with its end or without, several frames at a time. Nothing of it is looked at, or kept, for which
     * the client has no room yet.
     *
     * @param head   written with the first of it; null if it has been written
     * @param length bytes, 1 or more
     * @throws ServerConnectionException if the stream was closed, or the client takes nothing
     * @throws UncheckedIOException      if the content can't be had
     */
    void body(HpackEncoder head, FrameWriter.Content content, long length, boolean end) {
        try {
            long done = 0;
            if (head != null) {
                // a frame less, so that the header has room in the same system call
                done = windows.takeSome(stream.sendWindow(), (int) Math.min(Frame.RUN - Frame.PIECE, length));
                if (done == 0) {
                    writer.headers(stream, head, false);
                } else {
                    run(head, content, 0, (int) done, end && done == length);
                }
            }
            while (done < length) {
                int count = take((int) Math.min(Frame.RUN, length - done));
                run(null, content, done, count, end && done + count == length);
                done += count;
            }
        } catch (IOException e) {
            throw broken(e);
        }
    }

    private void run(HpackEncoder head, FrameWriter.Content content, long at, int count, boolean end) throws IOException {
        send(count, end, () -> writer.body(stream, head, content, at, count, end));
    }

    /** What is written to the connection. */
    private interface Sending {
        void run() throws IOException;
    }

    /** Writes what has been taken from the windows; what others might send instead must not be lost with a stream that was closed. */
    private void send(int taken, boolean last, Sending sending) throws IOException {
        for (int counted = 0; counted < taken; counted += Frame.PIECE) {
            int frame = Math.min(Frame.PIECE, taken - counted);
            budget.sent(frame, last && counted + frame == taken);
        }
        boolean sent = false;
        try {
            sending.run();
            sent = true;
        } finally {
            if (!sent) {
                windows.giveBack(taken);
            }
        }
    }

    /**
     * Ends a body of which all has been written.
     *
     * @throws ServerConnectionException if the stream was closed
     */
    void end() {
        try {
            writer.data(stream, NOTHING, 0, 0, true);
        } catch (IOException e) {
            throw broken(e);
        }
    }

    private int take(int most) throws IOException {
        try {
            int count = windows.take(stream.sendWindow(), most);
            if (count == 0) {
                stream.requireOpen();
                throw new IOException("the stream was closed");
            }
            return count;
        } catch (DeadlineException e) {
            context.count(Reason.SLOW_READER);
            throw e;
        }
    }

    private static ServerConnectionException broken(IOException e) {
        return new ServerConnectionException("the response could not be written to the client", e);
    }
}
