package dev.loomgate.http1;

import java.io.IOException;
import java.util.Arrays;

import dev.loomgate.http.Octets;
import dev.loomgate.http.Refusal;
import dev.loomgate.http.RequestBody;
import dev.loomgate.transport.Buffers;
import dev.loomgate.transport.Connection;
import dev.loomgate.transport.LeanSocket;
import io.helidon.http.Status;

/**
 * Bytes that have come from the client and are not used yet. While the connection waits for a request they are a small array;
 * a longer request borrows a larger one. For the connection's own thread.
 */
final class RequestInput {
    /** What an idle connection holds; most requests of programs, not of browsers, fit. */
    private static final int SMALL = 512;
    private static final int MOST_EMPTY_LINES = 4;
    /** Requests that may follow each other without the thread having waited for one. */
    private static final int MOST_AT_A_STRETCH = 8;
    /** Content type of a TLS record that begins a handshake (RFC 8446 section 5.1). */
    private static final byte TLS_HANDSHAKE = 0x16;

    private final Connection connection;
    private final LeanSocket socket;
    private final Buffers buffers;
    private final Http1Settings settings;
    private final long bodyTimeout;
    private final byte[] small = new byte[SMALL];
    private byte[] bytes = small;
    private int position;
    private int limit;
    private long headerBegun;
    private int stretch;
    private long bodyWaited;
    private long bodyBytes;

    RequestInput(Connection connection, Http1Settings settings) {
        this.connection = connection;
        this.socket = connection.socket();
        this.buffers = connection.buffers();
        this.settings = settings;
        this.bodyTimeout = settings.bodyTimeout().toMillis();
    }

    byte[] bytes() {
        return bytes;
    }

    int position() {
        return position;
    }

    /** Number of bytes at hand. */
    int available() {
        return limit - position;
    }

    void skip(int count) {
        position += count;
    }

    /**
     * Waits until there is something of a next request.
     *
     * @return false if the client closed, or the wait was too long
     */
    boolean awaitRequest() throws IOException {
        if (position < limit) {
            if (++stretch == MOST_AT_A_STRETCH) {
                stretch = 0;
                socket.giveWay();
            }
            return true;
        }
        stretch = 0;
        release();
        int count = socket.readIdle(bytes, 0, bytes.length);
        limit = Math.max(count, 0);
        return count > 0;
    }

    /** Counts a request whose body is not what it should be. */
    void countRefusal(int status) {
        connection.countRefusal(status);
    }

    /** Gives a borrowed array back. What is at hand is lost. */
    void release() {
        if (bytes != small) {
            buffers.giveBack(bytes);
            bytes = small;
        }
        position = 0;
        limit = 0;
    }

    /** Whether what is at hand begins with these bytes. */
    boolean beginsWith(byte[] start) {
        return available() >= start.length
                && Arrays.equals(bytes, position, position + start.length, start, 0, start.length);
    }

    /** Copies all that is at hand, for a protocol that may take over; null if nothing is. */
    byte[] rest() {
        return position == limit ? null : Arrays.copyOfRange(bytes, position, limit);
    }

    /**
     * Makes the whole header of a request available and parses it. What can't become a request is refused as soon as that
     * shows, not when its end has come.
     *
     * @return what it says, or null if the client closed before it was whole
     * @throws Refusal     if it is too long, or not a request
     * @throws IOException if the connection broke or the header did not come in time
     */
    RequestHead readHead() throws IOException {
        headerBegun = socket.now();
        if (!skipEmptyLines()) {
            return null;
        }
        // relative to the position, which moves when room is made
        int line = 0;
        int fields = 0;
        int scanned = 0;
        while (true) {
            int lineFeed = indexOfLineFeed(scanned);
            checkLength(fields, lineFeed < 0 ? available() : lineFeed);
            if (lineFeed < 0) {
                scanned = available();
                if (!readMore()) {
                    return null;
                }
                continue;
            }
            if (lineFeed == line || bytes[position + lineFeed - 1] != '\r') {
                throw Refusal.badRequest("a line ends with LF alone: CRLF is needed");
            }
            scanned = lineFeed + 1;
            if (lineFeed - line == 1) {
                break;
            }
            line = scanned;
            fields = fields == 0 ? line : fields;
        }
        int end = position + scanned;
        RequestHead head = RequestParser.parse(bytes, position, end, settings.maxFields());
        position = end;
        bodyWaited = 0;
        bodyBytes = 0;
        return head;
    }

    /** Lets empty lines before a request pass (RFC 9112 section 2.2), and refuses what no request begins with. */
    private boolean skipEmptyLines() throws IOException {
        for (int skipped = 0; bytes[position] == '\r'; skipped++) {
            while (available() < 2) {
                if (!readMore()) {
                    return false;
                }
            }
            if (bytes[position + 1] != '\n' || skipped == MOST_EMPTY_LINES) {
                throw Refusal.badRequest("a CR, or too many empty lines, where a request should begin");
            }
            position += 2;
            if (available() == 0 && !readMore()) {
                return false;
            }
        }
        if (!Octets.isToken(bytes[position])) {
            throw Refusal.badRequest(bytes[position] == TLS_HANDSHAKE ? "this looks like TLS, and this port speaks plain HTTP"
                    : "the request line does not begin with a method");
        }
        return true;
    }

    private int indexOfLineFeed(int from) {
        for (int i = position + from; i < limit; i++) {
            if (bytes[i] == '\n') {
                return i - position;
            }
        }
        return -1;
    }

    private void checkLength(int fields, int scanned) {
        if (fields == 0 && scanned > settings.maxRequestLine()) {
            throw new Refusal(Status.REQUEST_URI_TOO_LONG_414,
                    "the request line is longer than " + settings.maxRequestLine() + " bytes");
        }
        if (fields > 0 && scanned - fields > settings.maxHeader()) {
            throw new Refusal(Refusal.FIELDS_TOO_LARGE, "the header is longer than " + settings.maxHeader() + " bytes");
        }
    }

    private boolean readMore() throws IOException {
        makeRoom();
        long deadline = headerBegun + settings.headerTimeout().toMillis();
        int count = socket.readHeader(bytes, limit, bytes.length - limit, deadline, headerBegun);
        limit += Math.max(count, 0);
        return count > 0;
    }

    /**
     * Waits for more bytes of a body, if there are none at hand.
     *
     * @return whether there is a byte at hand; false if the client closed
     * @throws IOException if the connection broke, or nothing came in time
     */
    boolean fill() throws IOException {
        if (position < limit) {
            return true;
        }
        if (bytes == small) {
            bytes = buffers.borrow();
        }
        position = 0;
        limit = 0;
        long begun = socket.now();
        long patience = RequestBody.patience(bodyTimeout, settings.minBodyRate(), bodyBytes, bodyWaited);
        int count = socket.read(bytes, 0, bytes.length, begun + patience);
        limit = Math.max(count, 0);
        bodyWaited += socket.now() - begun;
        bodyBytes += limit;
        return count > 0;
    }

    /** Makes room for at least one more byte, by moving what is at hand to the front or to a larger array. */
    private void makeRoom() {
        if (limit < bytes.length) {
            return;
        }
        int held = limit - position;
        byte[] target = bytes;
        if (bytes == small) {
            target = buffers.borrow();
        } else if (held > bytes.length / 2) {
            // bounded by the limits on request line and header, which have been checked
            target = new byte[bytes.length * 2];
        }
        System.arraycopy(bytes, position, target, 0, held);
        if (target != bytes && bytes != small) {
            buffers.giveBack(bytes);
        }
        bytes = target;
        position = 0;
        limit = held;
    }
}
