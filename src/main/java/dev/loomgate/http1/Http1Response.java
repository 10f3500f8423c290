package dev.loomgate.http1;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.UnaryOperator;

import dev.loomgate.http1.ResponseHead.Framing;
import dev.loomgate.transport.RawOutput;
import dev.loomgate.transport.Takeover;
import io.helidon.http.Header;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.HttpPrologue;
import io.helidon.http.ServerResponseHeaders;
import io.helidon.http.ServerResponseTrailers;
import io.helidon.http.Status;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.ServerConnectionException;
import io.helidon.webserver.http.ServerResponse;
import io.helidon.webserver.http.ServerResponseBase;

/** The response to one request. For the thread that handles the request. */
final class Http1Response extends ServerResponseBase<Http1Response> implements RawOutput, Takeover {
    /** Most headers are shorter, in bytes; a longer one only costs a second system call. */
    private static final int ROOM_FOR_HEADER = 320;
    private static final byte[] LAST_CHUNK = "0\r\n".getBytes(StandardCharsets.ISO_8859_1);

    private static final List<HeaderName> DESCRIBING = List.of(HeaderNames.CONTENT_LENGTH, HeaderNames.CONTENT_ENCODING,
            HeaderNames.CONTENT_RANGE, HeaderNames.CONTENT_LANGUAGE, HeaderNames.CONTENT_LOCATION,
            HeaderNames.CONTENT_DISPOSITION, HeaderNames.TRANSFER_ENCODING, HeaderNames.TRAILER, HeaderNames.ETAG,
            HeaderNames.LAST_MODIFIED, HeaderNames.CACHE_CONTROL, HeaderNames.EXPIRES);

    private final Http1Connection connection;
    private final Http1Request request;
    private final ResponseOutput out;
    private final ResponseHeaders headers = new ResponseHeaders();
    private ServerResponseTrailers trailers;
    private UnaryOperator<OutputStream> streamFilter;
    private OutputStream filtered;
    private ResponseStream stream;
    private String streamResult = "";
    private long knownLength = -1;
    private long bytesWritten;
    private boolean keepAlive;
    private boolean sent;
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
    public ServerResponse header(Header header) {
        requireUnsent();
        headers.set(header);
        return this;
    }

    @Override
    public ServerResponseHeaders headers() {
        return headers;
    }

    @Override
    public void send(byte[] bytes) {
        send(bytes, 0, bytes.length);
    }

    @Override
    public void send(byte[] bytes, int position, int length) {
        Objects.checkFromIndexSize(position, length, bytes.length);
        requireUnsent();
        if (stream != null) {
            throw new IllegalStateException("the response's stream is in use: write to it, or close it, instead of sending");
        }
        // what is asked here may add a filter
        beforeSend();
        if (streamFilter != null || hasTrailers()) {
            sendStreamed(bytes, position, length);
            return;
        }
        byte[] entity = entityBytes(bytes, position, length);
        int start = entity == bytes ? position : 0;
        int count = entity == bytes ? length : entity.length;
        requireMatchingLength(count);
        knowLength(count);
        out.expect(ROOM_FOR_HEADER + count);
        Framing framing = begin();
        if (framing != Framing.NONE && !isMute()) {
            out.put(entity, start, count);
        }
        bytesWritten = count;
        finish();
    }

    private void requireMatchingLength(int count) {
        long announced = headers.contentLength().orElse(count);
        if (announced != count && !isBodiless() && !(isMute() && count == 0)) {
            throw new IllegalStateException("Content-Length was set to " + announced + ", but " + count + " bytes are sent");
        }
    }

    /** RFC 9110 sections 15.3.5 and 15.4.5, RFC 9112 section 6.3. */
    private boolean isBodiless() {
        int code = status().code();
        return code == Status.NO_CONTENT_204.code() || code == Status.NOT_MODIFIED_304.code();
    }

    private void sendStreamed(byte[] bytes, int position, int length) {
        // an encoder would make something of nothing
        try (OutputStream body = openStream(length > 0)) {
            body.write(bytes, position, length);
        } catch (IOException e) {
            throw new ServerConnectionException("the response could not be written", e);
        }
        commit();
    }

    @Override
    public OutputStream outputStream() {
        beforeSend();
        return openStream(true);
    }

    private OutputStream openStream(boolean encoded) {
        requireUnsent();
        if (stream != null) {
            throw new IllegalStateException("the response's stream was already asked for");
        }
        stream = new ResponseStream(this, out);
        OutputStream body = encoded ? contentEncode(stream) : stream;
        filtered = streamFilter == null ? body : streamFilter.apply(body);
        return filtered;
    }

    @Override
    public OutputStream rawOutput() {
        requireUnsent();
        if (stream != null) {
            throw new IllegalStateException("the response's stream was already asked for");
        }
        beforeSend();
        requireTime();
        request.responseBegins();
        sent = true;
        raw = new RawStream(out);
        return raw;
    }

    @Override
    public void takeOver(Protocol protocol) {
        requireUnsent();
        beforeSend();
        requireTime();
        request.responseBegins();
        status(Status.SWITCHING_PROTOCOLS_101);
        sent = true;
        successor = protocol;
    }

    /** What takes the connection over, or null. */
    Protocol successor() {
        return successor;
    }

    /** Writes the header of the connection's last response before that does. */
    void writeLast() {
        ResponseHead.writeSwitch(out, headers);
        out.flush();
    }

    private void requireTime() {
        if (connection.context().isRequestLate()) {
            throw new CloseConnectionException("the time of the request is over: " + request);
        }
    }

    /** Writes the header; called when the first byte of the body, or the end of it, is known. */
    Framing begin() {
        requireTime();
        request.responseBegins();
        keepAlive = connection.mayKeepAlive(request) && !saysClose();
        Framing framing = framing();
        keepAlive &= framing != Framing.CLOSE;
        try {
            ResponseHead.write(out, status(), headers, framing, knownLength, request.isHttp11(), keepAlive);
        } catch (IllegalArgumentException e) {
            // the answer that tells of it must not fail in the same way
            headers.clear();
            throw e;
        }
        return framing;
    }

    private Framing framing() {
        if (isBodiless()) {
            return Framing.NONE;
        }
        if (knownLength < 0 && !headers.contains(HeaderNames.TRANSFER_ENCODING)) {
            knownLength = headers.contentLength().orElse(-1);
        }
        if (knownLength >= 0 && !hasTrailers()) {
            return Framing.LENGTH;
        }
        if (isMute()) {
            // there is nothing to frame, and nothing is known to say about GET (RFC 9110 section 8.6)
            return Framing.NONE;
        }
        return request.isHttp11() ? Framing.CHUNKED : Framing.CLOSE;
    }

    private boolean saysClose() {
        return headers.contains(HeaderNames.CONNECTION)
                && headers.get(HeaderNames.CONNECTION).get().toLowerCase(Locale.ROOT).contains("close");
    }

    /**
     * The body is over before anything was written: so its length is known, unless the handler set one, or wrote nothing
     * because nobody asks for it with HEAD.
     */
    void knowLength(long length) {
        knownLength = headers.contentLength().orElse(isMute() && length == 0 ? -1 : length);
    }

    long announcedLength() {
        return knownLength;
    }

    /** Whether the body is not to be written: the response to HEAD. */
    boolean isMute() {
        return request.isHead();
    }

    boolean hasTrailers() {
        return trailers != null || headers.contains(HeaderNames.TRAILER) || beforeTrailers() != null && mayHaveTrailers();
    }

    private boolean mayHaveTrailers() {
        return headers.contains(HeaderNames.TRAILER) || request.headers().contains(HeaderValues.TE_TRAILERS);
    }

    void writeLastChunk() {
        out.put(LAST_CHUNK);
        if (hasTrailers()) {
            if (beforeTrailers() != null) {
                beforeTrailers().accept(trailers());
            }
            if (!streamResult.isEmpty()) {
                trailers().set(HeaderValues.create(STREAM_RESULT_NAME, streamResult));
            }
            ResponseHead.writeTrailer(out, trailers());
        } else {
            out.putLineEnd();
        }
    }

    @Override
    public void commit() {
        if ((raw != null || successor != null) && !ended) {
            bytesWritten = raw == null ? 0 : raw.written();
            end();
        }
        if (stream == null || sent) {
            return;
        }
        try {
            // the filters may hold bytes back
            filtered.close();
            stream.close();
        } catch (IOException e) {
            throw new ServerConnectionException("the response could not be completed", e);
        }
        bytesWritten = stream.written();
        finish();
    }

    private void finish() {
        sent = true;
        end();
    }

    private void end() {
        ended = true;
        // also when more requests are at hand: the next handler may take its time
        out.flush();
        afterSend();
    }

    /** Whether all that was begun has been written: if not, the client must see that the response is broken. */
    boolean isComplete() {
        return sent || stream == null;
    }

    /** Whether a part of the response has left, or may have. */
    boolean hasBegun() {
        return sent || stream != null && stream.hasBegun();
    }

    /** Whether the connection can be used for another request. */
    boolean isKeepAlive() {
        return keepAlive && sent;
    }

    /** Gives back what the response still holds. */
    void release() {
        if (stream != null) {
            stream.discard();
        }
    }

    private void requireUnsent() {
        if (sent) {
            throw new IllegalStateException("the response was already sent");
        }
    }

    /** From the request's prologue as it is now: Helidon passes the one with which the routing began, its method included. */
    @Override
    public HttpPrologue reroutePrologue(HttpPrologue prologue) {
        return super.reroutePrologue(request.prologue());
    }

    @Override
    public boolean isSent() {
        return sent;
    }

    @Override
    public boolean hasEntity() {
        return sent || stream != null;
    }

    @Override
    public long bytesWritten() {
        return stream == null ? bytesWritten : stream.written();
    }

    @Override
    public boolean reset() {
        if (!resetStream()) {
            return false;
        }
        headers.clear();
        return true;
    }

    @Override
    public boolean resetStream() {
        if (hasBegun()) {
            return false;
        }
        // what was to be sent is not, so what described it must not be either
        DESCRIBING.forEach(headers::remove);
        if (stream != null) {
            stream.discard();
            stream = null;
            filtered = null;
        }
        trailers = null;
        knownLength = -1;
        return true;
    }

    @Override
    public ServerResponseTrailers trailers() {
        if (trailers == null && !mayHaveTrailers()) {
            throw new IllegalStateException("trailers need a Trailer field in the response, or 'TE: trailers' in the request");
        }
        if (trailers == null) {
            trailers = ServerResponseTrailers.create();
        }
        return trailers;
    }

    @Override
    public void streamResult(String result) {
        streamResult = result;
    }

    @Override
    public void streamFilter(UnaryOperator<OutputStream> filterFunction) {
        Objects.requireNonNull(filterFunction);
        requireUnsent();
        if (stream != null) {
            throw new IllegalStateException("the response's stream was already asked for");
        }
        UnaryOperator<OutputStream> inner = streamFilter;
        streamFilter = inner == null ? filterFunction : body -> filterFunction.apply(inner.apply(body));
    }
}
