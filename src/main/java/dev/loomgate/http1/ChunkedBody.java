package dev.loomgate.http1;

import static dev.loomgate.http1.Refusal.badRequest;

import java.io.IOException;

import io.helidon.http.Headers;
import io.helidon.http.WritableHeaders;

/**
 * A body in chunks (RFC 9112 section 7.1). Chunk extensions and trailer fields are checked and counted against a limit; the
 * first are let fall, the others kept for whoever asks. Line ends are CRLF and nothing else, so that no other server can see other chunks.
 */
final class ChunkedBody extends RequestBody {
    private static final int SIZE_DIGITS = 15;
    private static final int MOST_EXTENSION_BYTES = 16 * 1024;

    private final int maxTrailer;
    private long left;
    private boolean first = true;
    private boolean ended;
    private int extensionBytes;
    private Trailer trailer;

    ChunkedBody(RequestInput input, long most, int maxTrailer) {
        super(input, most);
        this.maxTrailer = maxTrailer;
    }

    /** The fields behind the body, empty before its end. */
    Headers trailers() {
        return ended && trailer != null ? trailer.fields() : WritableHeaders.create();
    }

    @Override
    long outstanding() {
        return left;
    }

    @Override
    int await() throws IOException {
        if (left == 0 && !ended) {
            if (!first) {
                expectLineEnd();
            }
            first = false;
            left = chunkSize();
            if (left == 0) {
                trailer();
                ended = true;
            }
        }
        if (ended) {
            return 0;
        }
        if (!input().fill()) {
            throw ended();
        }
        return (int) Math.min(left, input().available());
    }

    @Override
    void took(int count) {
        left -= count;
    }

    private long chunkSize() throws IOException {
        long size = 0;
        int digits = 0;
        byte octet = octet();
        while (Octets.isHex(octet)) {
            if (++digits > SIZE_DIGITS) {
                throw badRequest("a chunk size has more than " + SIZE_DIGITS + " digits");
            }
            size = size << 4 | Octets.hexValue(octet);
            octet = octet();
        }
        if (digits == 0) {
            throw badRequest("a chunk size is not a hexadecimal number");
        }
        if (octet != '\r') {
            extension(octet);
        }
        if (octet() != '\n') {
            throw badRequest("the line of a chunk size does not end with CRLF");
        }
        return size;
    }

    /** Passes over the extensions up to the CR; blanks may stand before the semicolon (section 7.1.1). */
    private void extension(byte begin) throws IOException {
        byte octet = begin;
        while (octet == ' ' || octet == '\t') {
            countExtension();
            octet = octet();
        }
        if (octet != ';') {
            throw badRequest("a chunk size is followed by neither CRLF nor an extension");
        }
        for (; octet != '\r'; octet = octet()) {
            countExtension();
            if (!Octets.isField(octet)) {
                throw badRequest("a chunk extension holds an octet that is not allowed: " + (octet & 0xff));
            }
        }
    }

    private void countExtension() {
        if (++extensionBytes > MOST_EXTENSION_BYTES) {
            throw badRequest("more than " + MOST_EXTENSION_BYTES + " bytes of chunk extensions");
        }
    }

    private void expectLineEnd() throws IOException {
        if (octet() != '\r' || octet() != '\n') {
            throw badRequest("the data of a chunk is not followed by CRLF");
        }
    }

    private void trailer() throws IOException {
        int size = 0;
        for (byte octet = octet(); octet != '\r'; octet = octet()) {
            size += trailerField(octet, maxTrailer - size);
        }
        if (octet() != '\n') {
            throw badRequest("the trailer does not end with CRLF");
        }
    }

    private int trailerField(byte begin, int allowed) throws IOException {
        int size = 1;
        boolean named = false;
        byte octet = begin;
        if (trailer == null) {
            trailer = new Trailer();
        }
        for (; octet != '\r'; octet = octet(), size++) {
            if (size > allowed) {
                throw new Refusal(Refusal.FIELDS_TOO_LARGE, "the trailer is longer than " + maxTrailer + " bytes");
            }
            boolean allowedHere = named ? Octets.isField(octet) : Octets.isToken(octet) || octet == ':' && size > 1;
            if (!allowedHere) {
                throw badRequest("a trailer line is not a field");
            }
            named |= octet == ':';
            trailer.add(octet);
        }
        if (!named || octet() != '\n') {
            throw badRequest("a trailer line has no colon, or does not end with CRLF");
        }
        trailer.endLine();
        return size + 1;
    }

    private byte octet() throws IOException {
        if (!input().fill()) {
            throw ended();
        }
        byte octet = input().bytes()[input().position()];
        input().skip(1);
        return octet;
    }
}
