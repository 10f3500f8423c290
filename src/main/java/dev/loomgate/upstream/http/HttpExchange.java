package dev.loomgate.upstream.http;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

import dev.loomgate.upstream.Connection;

/**
 * One request and its response on a connection. One thread may write the request's body while another reads the response.
 */
public final class HttpExchange {
    /** Informational responses before the real one; more than a few make no sense. */
    private static final int MOST_INFORMATIONAL = 20;
    private static final Duration CONTINUE = Duration.ofSeconds(1);
    private static final byte[] LAST_CHUNK = "0\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1);

    private final Connection connection;
    private final WireInput input;
    private final boolean head;
    private final boolean upgrade;
    private final Duration timeout;
    private volatile boolean sending;
    private ResponseHead response;
    private ResponseBody body;

    /**
     * An exchange on a connection that nobody else uses.
     *
     * @param method  of the request
     * @param upgrade whether the request asks for another protocol
     * @param timeout how long the server may be silent, above zero
     */
    public HttpExchange(Connection connection, String method, boolean upgrade, Duration timeout) {
        this.connection = connection;
        this.input = new WireInput(connection, timeout);
        this.head = method.equals("HEAD");
        this.upgrade = upgrade;
        this.timeout = timeout;
    }

    /** Writes the header of the request, and what there is of its body, in one piece. */
    public void send(RequestText header, byte[] body, int length) throws IOException {
        connection.write(header.whole(body, length));
    }

    /** Writes a piece of the body. */
    public void send(byte[] piece, int length) throws IOException {
        connection.write(ByteBuffer.wrap(piece, 0, length));
    }

    /** Writes a piece of the body as a chunk. */
    public void sendChunk(byte[] piece, int length) throws IOException {
        byte[] size = (Integer.toHexString(length) + "\r\n").getBytes(StandardCharsets.ISO_8859_1);
        connection.write(ByteBuffer.allocate(size.length + length + 2).put(size).put(piece, 0, length).put((byte) '\r')
                .put((byte) '\n').flip());
    }

    /** Writes the end of a body in chunks. */
    public void sendLastChunk() throws IOException {
        connection.write(ByteBuffer.wrap(LAST_CHUNK));
    }

    /**
     * Reads the header of the response; informational ones before it are passed over.
     *
     * @throws BadResponseException     if it is not one
     * @throws ResponseTimeoutException if it does not come in time
     * @throws IOException              if the connection breaks
     */
    public ResponseHead readHead() throws IOException {
        return readHead(false);
    }

    /**
     * As {@link #readHead()}, for a request that has asked whether its body is wanted (RFC 9110 section 10.1.1).
     *
     * @return 100, or the response; null if the server says nothing for a second: it may not know the question
     */
    public ResponseHead readHeadOrContinue() throws IOException {
        return connection.pauses(CONTINUE) ? null : readHead(true);
    }

    /** Writes the beginning of a body behind a header that has been sent. */
    public void begin(byte[] piece, int count, long length) throws IOException {
        if (count > 0 && length >= 0) {
            send(piece, count);
        } else if (count > 0) {
            sendChunk(piece, count);
        }
    }

    /** Says whether more of the body is to come: the server may then be silent for as long as it takes. */
    public void sending(boolean more) {
        if (!more) {
            connection.limitWait(timeout);
        }
        input.patient(more);
        // last: who has the response gives the connection to others as soon as it sees that nothing more is sent
        sending = more;
    }

    /**
     * Limits the time of all that follows, instead of how long the server may be silent.
     *
     * @param limit above zero
     */
    public void limitInAll(Duration limit) {
        input.patient(true);
        connection.limitWait(limit);
    }

    /** Whether more of the request's body is to come. */
    public boolean isSending() {
        return sending;
    }

    private ResponseHead readHead(boolean untilContinue) throws IOException {
        for (int i = 0; i < MOST_INFORMATIONAL; i++) {
            int length = input.header();
            ResponseHead one = ResponseParser.parse(input.bytes(), input.position(), input.position() + length, head);
            input.skip(length);
            if (one.status() >= 200 || one.status() == 101) {
                if (one.status() == 101 && !upgrade) {
                    throw new BadResponseException("it changes to another protocol, which nobody asked for");
                }
                response = one;
                body = new ResponseBody(input, one.length());
                return one;
            }
            if (untilContinue && one.status() == 100) {
                return one;
            }
        }
        throw new BadResponseException("more than " + MOST_INFORMATIONAL + " informational responses");
    }

    /** Body of the response, whose header has been read. */
    public ResponseBody body() {
        return body;
    }

    /** What has come behind the header of a response that changes to another protocol. */
    public byte[] rest() {
        return input.rest();
    }

    /** Whether anything of the response has come. */
    public boolean isAnswered() {
        return input.hasBegun();
    }

    /** Whether the connection can serve another request: the response was read to its end, and nothing more has come. */
    public boolean isReusable() {
        return response != null && response.status() != 101 && response.keepAlive() && body.isComplete()
                && response.length() != ResponseHead.TO_THE_END && input.available() == 0;
    }
}
