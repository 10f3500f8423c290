package dev.loomgate.http2;

import java.io.IOException;

import dev.loomgate.guard.Reason;
import dev.loomgate.transport.Connection;
import dev.loomgate.transport.DeadlineException;

/** Where a stream's response goes: cut into frames, for as long as the client's windows have room. For one thread at a time. */
final class StreamOutput {
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

    void headers(HpackEncoder fields, boolean end) throws IOException {
        writer.headers(stream, fields, end);
    }

    /** Writes a whole response, in one system call if it is short and the client takes it. */
    void whole(HpackEncoder head, byte[] bytes, int offset, int length) throws IOException {
        if (length == 0) {
            writer.headers(stream, head, true);
        } else {
            headersAndData(head, bytes, offset, length, true);
        }
    }

    /** Writes a header and some of the body, or all of it. */
    void headersAndData(HpackEncoder head, byte[] bytes, int offset, int length, boolean end) throws IOException {
        int first = Math.min(length, Frame.LARGEST);
        if (windows.takeNow(stream.sendWindow(), first)) {
            budget.sent();
            writer.headersAndData(stream, head, bytes, offset, first, end && first == length);
        } else {
            first = 0;
            writer.headers(stream, head, false);
        }
        data(bytes, offset + first, length - first, end);
    }

    /** Writes some of the body, or the end of it; nothing if there is neither. */
    void data(byte[] bytes, int offset, int length, boolean end) throws IOException {
        int at = offset;
        int last = offset + length;
        while (at < last) {
            int count = take(Math.min(last - at, Frame.LARGEST));
            budget.sent();
            writer.data(stream, bytes, at, count, end && at + count == last);
            at += count;
        }
    }

    /** Ends a body of which all has been written. */
    void end() throws IOException {
        writer.data(stream, new byte[0], 0, 0, true);
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
}
