package dev.loomgate.http1;

import java.nio.charset.StandardCharsets;

import dev.loomgate.http.FieldRules;
import dev.loomgate.http.ResponseHeaders;
import io.helidon.http.DateTime;
import io.helidon.http.Header;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.Headers;
import io.helidon.http.Status;

/** Writes status line and header of a response (RFC 9112 section 4, RFC 9110 section 6.6.1). */
final class ResponseHead {
    private static final byte[][] STATUS_LINES = new byte[600][];
    private static final byte[] OK = latin1("HTTP/1.1 200 OK\r\n");
    private static final byte[] VERSION = latin1("HTTP/1.1 ");
    private static final byte[] DATE = latin1("Date: ");
    private static final byte[] LENGTH = latin1("Content-Length: ");
    private static final byte[] CHUNKED = latin1("Transfer-Encoding: chunked\r\n");
    private static final byte[] CLOSE = latin1("Connection: close\r\n");
    private static final byte[] KEEP_ALIVE = latin1("Connection: keep-alive\r\n");

    static {
        for (Status status : new Status[] {Status.CREATED_201, Status.ACCEPTED_202, Status.NO_CONTENT_204,
            Status.PARTIAL_CONTENT_206, Status.MOVED_PERMANENTLY_301, Status.FOUND_302, Status.SEE_OTHER_303,
            Status.NOT_MODIFIED_304, Status.BAD_REQUEST_400, Status.FORBIDDEN_403, Status.NOT_FOUND_404}) {
            STATUS_LINES[status.code()] = latin1("HTTP/1.1 " + status.code() + " " + status.reasonPhrase() + "\r\n");
        }
    }

    private ResponseHead() {
    }

    /** How the end of a body shows (RFC 9112 section 6.3). */
    enum Framing {
        /** There is none, and no field says so: 204, 304, and HEAD of what has no known length. */
        NONE,
        LENGTH,
        CHUNKED,
        /** The connection closes: HTTP/1.0 without a length. */
        CLOSE
    }

    /**
     * Writes it all, the empty line included.
     *
     * @param length    of the body in bytes, for {@link Framing#LENGTH}
     * @param http11    whether the client speaks HTTP/1.1
     * @param keepAlive whether the connection is kept
     * @throws IllegalArgumentException if the status, a field's name or a value holds what would be read as the end of it:
     *                                  nothing of the response has been sent then
     */
    static void write(ResponseOutput out, Status status, ResponseHeaders headers, Framing framing, long length,
                      boolean http11, boolean keepAlive) {
        if (status.code() < 200 || status.code() > 999) {
            throw new IllegalArgumentException("status " + status.code() + " is not one of a response: 200 to 999 are");
        }
        writeHead(out, status, headers, framing, length, http11, keepAlive);
    }

    /** Writes status line and header before the connection speaks another protocol (RFC 9110 section 15.2.2). */
    static void writeSwitch(ResponseOutput out, ResponseHeaders headers) {
        writeHead(out, Status.SWITCHING_PROTOCOLS_101, headers, Framing.NONE, 0, true, true);
    }

    private static void writeHead(ResponseOutput out, Status status, ResponseHeaders headers, Framing framing, long length,
                                  boolean http11, boolean keepAlive) {
        requireSafe(status);
        for (int i = 0; i < headers.size(); i++) {
            FieldRules.requireSafe(headers.at(i));
        }
        writeStatusLine(out, status);
        boolean dated = false;
        for (int i = 0; i < headers.size(); i++) {
            Header header = headers.at(i);
            HeaderName name = header.headerName();
            if (name == HeaderNames.CONTENT_LENGTH || name == HeaderNames.TRANSFER_ENCODING || name == HeaderNames.CONNECTION
                    && isOurs(header)) {
                continue;
            }
            dated |= name == HeaderNames.DATE;
            writeField(out, header);
        }
        if (!dated) {
            out.put(DATE);
            out.put(DateTime.http1Bytes());
        }
        if (framing == Framing.LENGTH) {
            out.put(LENGTH);
            out.putDecimal(length);
            out.putLineEnd();
        } else if (framing == Framing.CHUNKED) {
            out.put(CHUNKED);
        }
        if (!keepAlive) {
            out.put(CLOSE);
        } else if (!http11) {
            out.put(KEEP_ALIVE);
        }
        out.putLineEnd();
    }

    private static boolean isOurs(Header connection) {
        String value = connection.get();
        return value.equalsIgnoreCase("close") || value.equalsIgnoreCase("keep-alive");
    }

    private static void writeStatusLine(ResponseOutput out, Status status) {
        int code = status.code();
        byte[] known = status == Status.OK_200 ? OK : code < STATUS_LINES.length ? STATUS_LINES[code] : null;
        if (known != null && isStandard(status)) {
            out.put(known);
            return;
        }
        out.put(VERSION);
        out.putDecimal(code);
        out.put(' ');
        out.putLatin1(status.reasonPhrase());
        out.putLineEnd();
    }

    private static boolean isStandard(Status status) {
        // a status of its own reason phrase is not the constant
        return status == Status.OK_200 || Status.create(status.code()) == status;
    }

    /** Writes the fields of a trailer and the empty line behind it. */
    static void writeTrailer(ResponseOutput out, Headers trailers) {
        for (Header header : trailers) {
            FieldRules.requireSafe(header);
            writeField(out, header);
        }
        out.putLineEnd();
    }

    private static void writeField(ResponseOutput out, Header header) {
        if (header.valueCount() == 1) {
            writeLine(out, header.name(), header.get());
        } else {
            for (String value : header.allValues()) {
                writeLine(out, header.name(), value);
            }
        }
    }

    private static void writeLine(ResponseOutput out, String name, String value) {
        out.putLatin1(name);
        out.put(':');
        out.put(' ');
        out.putLatin1(value);
        out.putLineEnd();
    }

    private static void requireSafe(Status status) {
        if (!isStandard(status)) {
            FieldRules.requireSafe("reason phrase of the status", status.reasonPhrase());
        }
    }

    private static byte[] latin1(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }
}
