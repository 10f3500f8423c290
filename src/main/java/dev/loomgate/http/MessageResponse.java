package dev.loomgate.http;

import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.Objects;
import java.util.function.UnaryOperator;

import dev.loomgate.transport.Connection;
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

/**
 * The response to one request, as handlers see it: how its parts stand on the wire is for each version of HTTP. For the thread
 * that handles the request.
 *
 * @param <R> the response of that version
 */
public abstract class MessageResponse<R extends MessageResponse<R>> extends ServerResponseBase<R> {
    private static final List<HeaderName> DESCRIBING = List.of(HeaderNames.CONTENT_LENGTH, HeaderNames.CONTENT_ENCODING,
            HeaderNames.CONTENT_RANGE, HeaderNames.CONTENT_LANGUAGE, HeaderNames.CONTENT_LOCATION,
            HeaderNames.CONTENT_DISPOSITION, HeaderNames.TRANSFER_ENCODING, HeaderNames.TRAILER, HeaderNames.ETAG,
            HeaderNames.LAST_MODIFIED, HeaderNames.CACHE_CONTROL, HeaderNames.EXPIRES);

    private final Connection connection;
    private final MessageRequest request;
    private final ResponseHeaders headers = new ResponseHeaders();
    private ServerResponseTrailers trailers;
    private UnaryOperator<OutputStream> streamFilter;
    private OutputStream filtered;
    private ResponseStream stream;
    private String streamResult = "";
    private long knownLength = -1;
    private long bytesWritten;
    private boolean sent;

    /** @param connection holds the buffers that a body is gathered in */
    protected MessageResponse(Connection connection, MessageRequest request) {
        super(connection, request);
        this.connection = connection;
        this.request = request;
    }

    /** Whether the time of the request is over, so that no response may begin any more. */
    protected abstract boolean isLate();

    /** Writes header and body at once, and sends them; the length is known. */
    protected abstract void writeWhole(byte[] bytes, int offset, int length);

    /** Writes the header: the first byte of the body, or the end of it, is known. */
    protected abstract BodySink openBody();

    @Override
    public ServerResponse header(Header header) {
        requireUnsent();
        headers.set(header);
        return this;
    }

    @Override
    public final ResponseHeaders headers() {
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
        writeWhole(entity, start, count);
        finish(count);
    }

    private void requireMatchingLength(int count) {
        long announced = headers.contentLength().orElse(count);
        if (announced != count && !isBodiless() && !(isMute() && count == 0)) {
            throw new IllegalStateException("Content-Length was set to " + announced + ", but " + count + " bytes are sent");
        }
    }

    /** RFC 9110 sections 15.3.5 and 15.4.5, RFC 9112 section 6.3. */
    protected final boolean isBodiless() {
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
        stream = new ResponseStream(this, connection.buffers());
        OutputStream body = encoded ? contentEncode(stream) : stream;
        filtered = streamFilter == null ? body : streamFilter.apply(body);
        return filtered;
    }

    /** @throws IllegalStateException if something has been sent, or is being written */
    protected final void requireUnused() {
        requireUnsent();
        if (stream != null) {
            throw new IllegalStateException("the response's stream was already asked for");
        }
    }

    /**
     * The response begins.
     *
     * @throws CloseConnectionException if it is too late for that
     */
    protected final void beginResponse() {
        if (isLate()) {
            throw new CloseConnectionException("the time of the request is over: " + request);
        }
        request.responseBegins();
    }

    /** Length of the body in bytes if it is known, from what is sent or from the handler; else -1. */
    protected final long bodyLength() {
        if (knownLength < 0 && !headers.contains(HeaderNames.TRANSFER_ENCODING)) {
            knownLength = headers.contentLength().orElse(-1);
        }
        return knownLength;
    }

    /**
     * The body is over before anything was written: so its length is known, unless the handler set one, or wrote nothing
     * because nobody asks for it with HEAD.
     */
    void knowLength(long length) {
        knownLength = headers.contentLength().orElse(isMute() && length == 0 ? -1 : length);
    }

    /** Whether the body is not to be written: the response to HEAD. */
    protected final boolean isMute() {
        return request.isHead();
    }

    /** Whether fields follow the body. */
    protected final boolean hasTrailers() {
        return trailers != null || headers.contains(HeaderNames.TRAILER) || beforeTrailers() != null && mayHaveTrailers();
    }

    private boolean mayHaveTrailers() {
        return headers.contains(HeaderNames.TRAILER) || request.headers().contains(HeaderValues.TE_TRAILERS);
    }

    /** The fields that follow the body, complete. */
    protected final ServerResponseTrailers finishedTrailers() {
        if (beforeTrailers() != null) {
            beforeTrailers().accept(trailers());
        }
        if (!streamResult.isEmpty()) {
            trailers().set(HeaderValues.create(STREAM_RESULT_NAME, streamResult));
        }
        return trailers();
    }

    @Override
    public void commit() {
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
        finish(stream.written());
    }

    private void finish(long count) {
        markSent();
        end(count);
    }

    /** From now on nothing of the response can be changed. */
    protected final void markSent() {
        sent = true;
    }

    /** All of the response has been written. */
    protected final void end(long count) {
        bytesWritten = count;
        afterSend();
    }

    /** Whether all that was begun has been written: if not, the client must see that the response is broken. */
    public final boolean isComplete() {
        return sent || stream == null;
    }

    /** Whether a part of the response has left, or may have. */
    public final boolean hasBegun() {
        return sent || stream != null && stream.hasBegun();
    }

    /** Gives back what the response still holds. */
    public final void release() {
        if (stream != null) {
            stream.discard();
        }
    }

    protected final void requireUnsent() {
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
