package dev.loomgate.http2;

import java.io.IOException;

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
        int piece = Math.min(length, Frame.PIECE);
        int first = piece;
        try {
            if (windows.takeNow(stream.sendWindow(), first)) {
                boolean last = end && piece == length;
                send(first, last, () -> writer.headersAndData(stream, head, bytes, offset, piece, last));
            } else {
                first = 0;
                writer.headers(stream, head, false);
            }
        } catch (IOException e) {
            throw broken(e);
        }
        data(bytes, offset + first, length - first, end);
    }

    /**
     * Writes some of the body, with its end or without; nothing for no bytes.
     *
     * @throws ServerConnectionException if the stream was closed, or the client takes nothing
     */
    void data(byte[] bytes, int offset, int length, boolean end) {
        int at = offset;
        int last = offset + length;
        try {
            while (at < last) {
                int count = reserve(Math.min(last - at, Frame.PIECE));
                int from = at;
                boolean whole = end && from + count == last;
                send(count, whole, () -> writer.data(stream, bytes, from, count, whole));
                at += count;
            }
        } catch (IOException e) {
            throw broken(e);
        }
    }

    /**
     * Waits until the client has room for a piece of the body, which is to be written next.
     *
     * @param most bytes wanted, 1 to {@link Frame#PIECE}
     * @return number of bytes that it must have
     * @throws ServerConnectionException if the stream was closed, or the client takes nothing
     */
    int reserve(int most) {
        try {
            return take(most);
        } catch (IOException e) {
            throw broken(e);
        }
    }

    /**
     * Writes what room was reserved for.
     *
     * @throws ServerConnectionException if the stream was closed
     */
    void reserved(byte[] piece, boolean end) {
        try {
            send(piece.length, end, () -> writer.data(stream, piece, 0, piece.length, end));
        } catch (IOException e) {
            throw broken(e);
        }
    }

    /** Gives room back that was reserved, and for which there is nothing to write. */
    void giveBack(int count) {
        windows.giveBack(count);
    }

    /** What is written to the connection. */
    private interface Sending {
        void run() throws IOException;
    }

    /** Writes what has been taken from the windows; what others might send instead must not be lost with a stream that was closed. */
    private void send(int taken, boolean last, Sending sending) throws IOException {
        budget.sent(taken, last);
        boolean sent = false;
        try {
            sending.run();
            sent = true;
        } finally {
            if (!sent) {
                giveBack(taken);
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
