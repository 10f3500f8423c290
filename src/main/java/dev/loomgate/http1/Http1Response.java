package dev.loomgate.http1;

import java.io.OutputStream;
import java.util.Locale;

import dev.loomgate.http.BodySink;
import dev.loomgate.http.MessageResponse;
import dev.loomgate.http1.ResponseHead.Framing;
import dev.loomgate.transport.RawOutput;
import dev.loomgate.transport.Takeover;
import io.helidon.http.HeaderNames;
import io.helidon.http.Status;

/** The response to one request. For the thread that handles the request. */
final class Http1Response extends MessageResponse<Http1Response> implements RawOutput, Takeover {
    /** Most headers are shorter, in bytes; a longer one only costs a second system call. */
    private static final int ROOM_FOR_HEADER = 320;

    private final Http1Connection connection;
    private final Http1Request request;
    private final ResponseOutput out;
    private boolean keepAlive;
    private boolean ended;
    private RawStream raw;
    private Protocol successor;

    Http1Response(Http1Connection connection, Http1Request request, ResponseOutput out) {
        super(connection.context(), request);
        this.connection = connection;
        this.request = request;
        this.out = out;
    }

    @Override
    protected boolean isLate() {
        return connection.context().isRequestLate();
    }

    @Override
    protected void writeWhole(byte[] bytes, int offset, int length) {
        out.expect(ROOM_FOR_HEADER + length);
        if (begin() != Framing.NONE && !isMute()) {
            out.put(bytes, offset, length);
        }
        // also when more requests are at hand: the next handler may take its time
        out.flush();
    }

    @Override
    protected BodySink openBody() {
        Framing framing = begin();
        return new FramedBody(this, out, framing, framing == Framing.LENGTH ? bodyLength() : -1,
                isMute() || framing == Framing.NONE);
    }

    /** Writes the header; called when the first byte of the body, or the end of it, is known. */
    private Framing begin() {
        beginResponse();
        keepAlive = connection.mayKeepAlive(request) && !saysClose();
        Framing framing = framing();
        keepAlive &= framing != Framing.CLOSE;
        try {
            ResponseHead.write(out, status(), headers(), framing, bodyLength(), request.isHttp11(), keepAlive);
        } catch (IllegalArgumentException e) {
            // the answer that tells of it must not fail in the same way
            headers().clear();
            throw e;
        }
        return framing;
    }

    private Framing framing() {
        if (isBodiless()) {
            return Framing.NONE;
        }
        if (bodyLength() >= 0 && !hasTrailers()) {
            return Framing.LENGTH;
        }
        if (isMute()) {
            // there is nothing to frame, and nothing is known to say about GET (RFC 9110 section 8.6)
            return Framing.NONE;
        }
        return request.isHttp11() ? Framing.CHUNKED : Framing.CLOSE;
    }

    private boolean saysClose() {
        return headers().contains(HeaderNames.CONNECTION)
                && headers().get(HeaderNames.CONNECTION).get().toLowerCase(Locale.ROOT).contains("close");
    }

    void writeLastChunk() {
        out.put(FramedBody.LAST_CHUNK);
        if (hasTrailers()) {
            ResponseHead.writeTrailer(out, finishedTrailers());
        } else {
            out.putLineEnd();
        }
    }

    @Override
    public OutputStream rawOutput() {
        requireUnused();
        beforeSend();
        beginResponse();
        markSent();
        raw = new RawStream(out);
        return raw;
    }

    @Override
    public void takeOver(Protocol protocol) {
        requireUnsent();
        beforeSend();
        beginResponse();
        status(Status.SWITCHING_PROTOCOLS_101);
        markSent();
        successor = protocol;
    }

    /** What takes the connection over, or null. */
    Protocol successor() {
        return successor;
    }

    /** Writes the header of the connection's last response before that does. */
    void writeLast() {
        ResponseHead.writeSwitch(out, headers());
        out.flush();
    }

    @Override
    public void commit() {
        if ((raw != null || successor != null) && !ended) {
            ended = true;
            out.flush();
            end(raw == null ? 0 : raw.written());
        }
        super.commit();
    }

    /** Whether the connection can be used for another request. */
    boolean isKeepAlive() {
        return keepAlive && isSent();
    }
}
