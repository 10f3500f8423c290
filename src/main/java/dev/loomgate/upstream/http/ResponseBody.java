package dev.loomgate.upstream.http;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

import io.helidon.http.HeaderNames;

/** The body of a response as it comes. For one thread. */
public final class ResponseBody extends InputStream {
    private static final int SIZE_DIGITS = 15;
    private static final int MOST_EXTENSIONS = 16 * 1024;
    private static final int MOST_TRAILER = 64 * 1024;

    private final WireInput input;
    private final long length;
    private final List<Field> trailers = new ArrayList<>();
    /** Of the body, or of the chunk. */
    private long left;
    private boolean firstChunk = true;
    private boolean complete;
    private int extensions;

    ResponseBody(WireInput input, long length) {
        this.input = input;
        this.length = length;
        this.left = Math.max(0, length);
        this.complete = length == 0;
    }

    /** Whether its last byte, trailers included, has been read. */
    public boolean isComplete() {
        return complete;
    }

    /** Fields behind a body in chunks, once it is complete. */
    public List<Field> trailers() {
        return trailers;
    }

    /** Bytes that can be read without waiting. A body in chunks may have none though the next chunk has come. */
    @Override
    public int available() {
        return (int) Math.min(length == ResponseHead.TO_THE_END ? Integer.MAX_VALUE : left, input.available());
    }

    /** Whether a read now would wait, so that what was read before should not be kept from whom it is for. */
    public boolean pauses() throws IOException {
        return !hasMore() && input.isDry();
    }

    /** Whether a byte of the body, or its end, is there. */
    private boolean hasMore() {
        int at = input.position();
        int limit = at + input.available();
        if (length != ResponseHead.CHUNKED || left > 0) {
            return at < limit;
        }
        // what is there may be the end of the chunk before alone: most servers send it with the chunk
        at += firstChunk ? 0 : 2;
        while (at < limit && input.bytes()[at] != '\n') {
            at++;
        }
        return at + 1 < limit;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int offset, int count) throws IOException {
        Objects.checkFromIndexSize(offset, count, into.length);
        if (count == 0) {
            return 0;
        }
        if (complete || length == ResponseHead.CHUNKED && left == 0 && !nextChunk()) {
            return -1;
        }
        if (!input.fill()) {
            if (length == ResponseHead.TO_THE_END) {
                complete = true;
                return -1;
            }
            throw input.ended();
        }
        int most = Math.min(count, input.available());
        int n = length == ResponseHead.TO_THE_END ? most : (int) Math.min(most, left);
        System.arraycopy(input.bytes(), input.position(), into, offset, n);
        input.skip(n);
        if (length != ResponseHead.TO_THE_END) {
            left -= n;
            complete = left == 0 && length >= 0;
        }
        return n;
    }

    /** RFC 9112 section 7.1. */
    private boolean nextChunk() throws IOException {
        if (!firstChunk) {
            lineEnd("the data of a chunk");
        }
        firstChunk = false;
        left = chunkSize();
        if (left > 0) {
            return true;
        }
        trailer();
        complete = true;
        return false;
    }

    private long chunkSize() throws IOException {
        long size = 0;
        int digits = 0;
        byte octet = input.octet();
        for (int value = Octets.hexValue(octet); value >= 0; value = Octets.hexValue(octet)) {
            if (++digits > SIZE_DIGITS) {
                throw new BadResponseException("a chunk size has more than " + SIZE_DIGITS + " digits");
            }
            size = size << 4 | value;
            octet = input.octet();
        }
        if (digits == 0) {
            throw new BadResponseException("a chunk size is not a hexadecimal number");
        }
        if (octet != '\r' && octet != ';' && !Octets.isBlank(octet)) {
            throw new BadResponseException("a chunk size is followed by something else than an extension");
        }
        while (octet != '\r') {
            if (!Octets.isField(octet) || ++extensions > MOST_EXTENSIONS) {
                throw new BadResponseException("a chunk extension is not allowed, or too long");
            }
            octet = input.octet();
        }
        if (input.octet() != '\n') {
            throw new BadResponseException("the line of a chunk size does not end with CRLF");
        }
        return size;
    }

    private void lineEnd(String what) throws IOException {
        if (input.octet() != '\r' || input.octet() != '\n') {
            throw new BadResponseException(what + " is not followed by CRLF");
        }
    }

    private void trailer() throws IOException {
        int size = 0;
        for (String line = line(size); !line.isEmpty(); line = line(size)) {
            size += line.length() + 2;
            int colon = line.indexOf(':');
            if (colon < 1 || !line.substring(0, colon).chars().allMatch(c -> Octets.isToken((byte) c))) {
                throw new BadResponseException("a trailer line is not a field");
            }
            String name = line.substring(0, colon);
            trailers.add(new Field(HeaderNames.create(name.toLowerCase(Locale.ROOT), name), line.substring(colon + 1).strip()));
        }
    }

    private String line(int before) throws IOException {
        var line = new StringBuilder();
        byte octet = input.octet();
        for (; octet != '\r'; octet = input.octet()) {
            if (!Octets.isField(octet) || before + line.length() > MOST_TRAILER) {
                throw new BadResponseException("the trailer holds what is not allowed, or is too long");
            }
            line.append(new String(new byte[] {octet}, StandardCharsets.ISO_8859_1));
        }
        if (input.octet() != '\n') {
            throw new BadResponseException("a line of the trailer does not end with CRLF");
        }
        return line.toString();
    }

    @Override
    public void close() {
        // the exchange decides what becomes of the connection
    }
}
