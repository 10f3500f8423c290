package dev.loomgate.gateway.servlet;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;

import dev.loomgate.transport.RequestTrailers;
import io.helidon.http.Header;
import io.helidon.http.RequestException;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.ServerRequest;
import org.apache.coyote.InputBuffer;
import org.apache.coyote.Request;
import org.apache.tomcat.util.buf.ByteChunk;
import org.apache.tomcat.util.net.ApplicationBufferHandler;

/** The body of a request as Coyote reads it. Reading parks the thread until bytes are there. For one thread at a time. */
final class RequestContent implements InputBuffer {
    private static final int SIZE = 8 * 1024;
    private static final long UNKNOWN = -1;

    private byte[] buffer;
    private int start;
    private int end;
    private ServerRequest request;
    private Request coyote;
    private InputStream in;
    private long left;
    private boolean ended;
    private boolean abandoned;
    private RequestException refusal;

    /**
     * Begins a request's body.
     *
     * @param itsForm the request as Coyote knows it, which is told of the fields behind the body
     */
    void begin(ServerRequest newRequest, Request itsForm) {
        request = newRequest;
        coyote = itsForm;
        ended = !newRequest.content().hasEntity();
        left = ended ? 0 : newRequest.headers().contentLength().orElse(UNKNOWN);
    }

    void recycle() {
        request = null;
        coyote = null;
        in = null;
        start = 0;
        end = 0;
        ended = true;
        abandoned = false;
        refusal = null;
    }

    /** Why the server refuses the body: longer than allowed, too slow, or malformed; null if it does not. */
    RequestException refusal() {
        return refusal;
    }

    /** The bytes that the application is to read instead of what the client has sent: that was read before its log-in. */
    void replay(ByteChunk saved) {
        int length = saved.getLength();
        buffer = new byte[Math.max(length, SIZE)];
        System.arraycopy(saved.getBytes(), saved.getStart(), buffer, 0, length);
        start = 0;
        end = length;
        ended = true;
    }

    /** Nothing more of it is wanted. */
    void abandon() {
        abandoned = true;
    }

    /** Whether the application has been given the last byte. */
    boolean isFullyRead() {
        return start == end && (ended || left == 0);
    }

    /** Whether it is known what fields there are behind the body: there are none behind one whose length was said. */
    boolean areTrailersKnown() {
        return left != UNKNOWN || isFullyRead();
    }

    @Override
    public int doRead(ApplicationBufferHandler handler) throws IOException {
        if (start == end && !fill()) {
            return -1;
        }
        int count = end - start;
        handler.setByteBuffer(ByteBuffer.wrap(buffer, start, count));
        start = end;
        return count;
    }

    /** Waits for bytes; returns whether there are any. */
    boolean fill() throws IOException {
        if (start < end) {
            return true;
        }
        if (ended || abandoned) {
            return false;
        }
        if (buffer == null) {
            buffer = new byte[SIZE];
        }
        int count = read();
        start = 0;
        end = Math.max(count, 0);
        if (count < 0) {
            ended = true;
            takeTrailers();
        } else if (left != UNKNOWN) {
            left -= count;
        }
        return count > 0;
    }

    private void takeTrailers() {
        if (request instanceof RequestTrailers behind) {
            for (Header field : behind.trailers()) {
                for (String value : field.allValues()) {
                    coyote.getMimeTrailerFields().addValue(field.name()).setString(value);
                }
            }
        }
    }

    private int read() throws IOException {
        try {
            if (in == null) {
                // a client that waits for 100 (Continue) is told now
                in = request.content().inputStream();
            }
            return in.read(buffer, 0, SIZE);
        } catch (RequestException e) {
            refusal = e;
            throw new IOException(e.getMessage(), e);
        } catch (CloseConnectionException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    @Override
    public int available() {
        return end - start;
    }
}
