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
    /** How long, in milliseconds, it waits for memory before it looks again. */
    private static final long WHILE_SHUT = 100;
    /** How long, in milliseconds, it waits for a client that is late, if this process is. */
    private static final long GRACE = 5_000;
    private static final long MOMENT = 1_000;

    private final Connection context;
    private final Http2Stream stream;
    private final Intake intake;
    private final FrameWriter writer;
    private final Http2Settings settings;
    private final long announced;
    private Http2Stream.Piece piece;
    private boolean read;
    private long taken;
    private long waited;
    private boolean forgiven;

    /** @param announced its length in bytes, or {@link Http2Stream#UNKNOWN} */
    StreamBody(Connection context, Http2Stream stream, Intake intake, FrameWriter writer, Http2Settings settings,
               long announced) {
        super(settings.maxBody());
        this.context = context;
        this.stream = stream;
        this.intake = intake;
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
            widen();
            piece = awaitPiece();
        }
        return piece == null ? 0 : piece.length();
    }

    /** Once the handler reads, more may be on its way. */
    private void widen() {
        if (read) {
            return;
        }
        read = true;
        stream.beginToRead();
        if ((announced == Http2Stream.UNKNOWN || announced > Streams.STREAM_WINDOW) && intake.isRoomy()
                && !stream.hasEnded()) {
            allow(stream.receiveWindow().grow(Streams.READ_WINDOW), 0);
        }
    }

    private Http2Stream.Piece awaitPiece() throws IOException {
        while (true) {
            allow(0, intake.relent());
            boolean shut = intake.isShut();
            long begun = System.nanoTime();
            try {
                Http2Stream.Piece came = stream.await(shut ? WHILE_SHUT
                        : patience(settings.bodyTimeout().toMillis(), settings.minBodyRate(), taken, waited));
                waited += shut ? 0 : TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun);
                return came;
            } catch (DeadlineException e) {
                // a client that was kept from sending is not slow
                if (!shut && !intake.isShut()) {
                    return awaitUnread(e);
                }
            }
        }
    }

    /**
     * What has come may wait to be read, or is just read, because this process stood still. Once for each body: the client could see
     * to it.
     */
    private Http2Stream.Piece awaitUnread(DeadlineException late) throws IOException {
        if (!forgiven) {
            forgiven = true;
            try {
                return stream.await(context.socket().hasArrived() ? GRACE : MOMENT);
            } catch (DeadlineException e) {
                late.addSuppressed(e);
            }
        }
        context.count(Reason.SLOW_REQUEST);
        throw late;
    }

    @Override
    protected BufferData take(int count) {
        BufferData run = BufferData.create(piece.bytes(), 0, count);
        piece = null;
        stream.pieceTaken();
        taken += count;
        // nothing more comes on a stream whose client has sent all
        allow(stream.hasEnded() ? 0 : stream.receiveWindow().take(count), intake.release(count));
        return run;
    }

    @Override
    public Headers trailers() {
        Headers fields = stream.trailers();
        return fields == null ? super.trailers() : fields;
    }

    private void allow(int increment, int incrementOfAll) {
        try {
            writer.windowUpdates(stream.id(), increment, incrementOfAll);
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
