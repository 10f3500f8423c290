package dev.loomgate.http2;

import java.io.IOException;
import java.util.concurrent.TimeUnit;

import dev.loomgate.guard.Reason;
import dev.loomgate.http.RequestBody;
import dev.loomgate.transport.Connection;
import dev.loomgate.transport.DeadlineException;
import io.helidon.common.buffers.BufferData;
import io.helidon.http.Headers;

/** The body of a stream's request: what is taken of it, the client may send again as much. */
final class StreamBody extends RequestBody {
    private final Connection context;
    private final Http2Stream stream;
    private final Streams streams;
    private final FrameWriter writer;
    private final Http2Settings settings;
    private final long announced;
    private Http2Stream.Piece piece;
    private long taken;
    private long waited;

    /** @param announced its length in bytes, or {@link Http2Stream#UNKNOWN} */
    StreamBody(Connection context, Http2Stream stream, Streams streams, FrameWriter writer, Http2Settings settings,
               long announced) {
        super(settings.maxBody());
        this.context = context;
        this.stream = stream;
        this.streams = streams;
        this.writer = writer;
        this.settings = settings;
        this.announced = announced;
    }

    @Override
    public long outstanding() {
        return piece != null ? piece.length() : Math.max(0, announced - taken);
    }

    @Override
    protected int await() throws IOException {
        if (piece == null) {
            long begun = System.nanoTime();
            try {
                piece = stream.await(patience(settings.bodyTimeout().toMillis(), settings.minBodyRate(), taken, waited));
            } catch (DeadlineException e) {
                context.count(Reason.SLOW_REQUEST);
                throw e;
            }
            waited += TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun);
        }
        return piece == null ? 0 : piece.length();
    }

    @Override
    protected BufferData take(int count) {
        BufferData run = BufferData.create(piece.bytes(), 0, count);
        piece = null;
        stream.pieceTaken();
        taken += count;
        credit(count);
        return run;
    }

    @Override
    public Headers trailers() {
        Headers fields = stream.trailers();
        return fields == null ? super.trailers() : fields;
    }

    private void credit(int count) {
        try {
            // nothing more comes on a stream whose client has sent all
            writer.windowUpdate(stream.id(), stream.hasEnded() ? 0 : stream.receiveWindow().take(count));
            writer.windowUpdate(0, streams.window().take(count));
        } catch (IOException e) {
            // the connection has ended: whoever reads on learns of it
            stream.close(e);
        }
    }

    @Override
    protected void countRefusal(int status) {
        context.countRefusal(status);
    }
}
