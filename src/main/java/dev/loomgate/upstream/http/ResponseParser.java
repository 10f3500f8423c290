package dev.loomgate.upstream.http;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;

/**
 * Parses the header of one response, strictly: line ends are CRLF and nothing else, fields are not folded, there is one way to
 * tell where the body ends (RFC 9112 sections 2.2, 4, 5 and 6). For one header.
 */
final class ResponseParser {
    private static final byte[] VERSION = "HTTP/1.".getBytes(StandardCharsets.ISO_8859_1);
    private static final int MOST_FIELDS = 200;
    private static final int LENGTH_DIGITS = 18;

    private final byte[] bytes;
    private final int end;
    private int at;

    private final List<Field> fields = new ArrayList<>();
    private long length = ResponseHead.TO_THE_END;
    private boolean chunked;
    private boolean close;
    private boolean keepAlive;

    private ResponseParser(byte[] bytes, int start, int end) {
        this.bytes = bytes;
        this.at = start;
        this.end = end;
    }

    /**
     * Parses a whole header.
     *
     * @param start     index of its first byte
     * @param end       index past the CRLF of the empty line that ends it
     * @param toHead    whether it answers HEAD
     * @throws BadResponseException if it can't be understood, or in two ways
     */
    static ResponseHead parse(byte[] bytes, int start, int end, boolean toHead) throws BadResponseException {
        return new ResponseParser(bytes, start, end).head(toHead);
    }

    private ResponseHead head(boolean toHead) throws BadResponseException {
        int lineEnd = lineEnd();
        boolean wellFormed = lineEnd - at >= 12 && Arrays.equals(bytes, at, at + 7, VERSION, 0, 7) && Octets.isDigit(bytes[at + 7])
                && bytes[at + 8] == ' ' && Octets.isDigit(bytes[at + 9]) && Octets.isDigit(bytes[at + 10])
                && Octets.isDigit(bytes[at + 11]) && (lineEnd - at == 12 || bytes[at + 12] == ' ');
        if (!wellFormed) {
            throw new BadResponseException("the response does not begin with a status line such as HTTP/1.1 200 OK");
        }
        boolean http11 = bytes[at + 7] != '0';
        int status = (bytes[at + 9] - '0') * 100 + (bytes[at + 10] - '0') * 10 + bytes[at + 11] - '0';
        if (status < 100) {
            throw new BadResponseException("the status is " + status + "; 100 is the least");
        }
        int phrase = Math.min(lineEnd, at + 13);
        for (int i = phrase; i < lineEnd; i++) {
            requireField(bytes[i]);
        }
        String reason = reason(status, phrase, lineEnd);
        at = lineEnd + 2;
        while (at < end - 2) {
            field();
        }
        return new ResponseHead(status, reason, fields, bodyLength(status, toHead, http11),
                http11 ? !close : keepAlive && !close);
    }

    private String reason(int status, int start, int stop) {
        return status == 200 && stop - start == 2 && bytes[start] == 'O' && bytes[start + 1] == 'K' ? "OK" : latin1(start, stop);
    }

    /** RFC 9112 section 6.3. */
    private long bodyLength(int status, boolean toHead, boolean http11) throws BadResponseException {
        if (chunked && length >= 0) {
            throw new BadResponseException("both Content-Length and Transfer-Encoding");
        }
        if (chunked && !http11) {
            throw new BadResponseException("Transfer-Encoding in HTTP/1.0");
        }
        if (toHead || status < 200 || status == 204 || status == 304) {
            return 0;
        }
        return chunked ? ResponseHead.CHUNKED : length;
    }

    private int lineEnd() throws BadResponseException {
        for (int i = at; i < end - 1; i++) {
            if (bytes[i] == '\r' && bytes[i + 1] == '\n') {
                return i;
            }
        }
        throw new BadResponseException("a line has no end");
    }

    private void field() throws BadResponseException {
        int nameEnd = at;
        while (Octets.isToken(bytes[nameEnd])) {
            nameEnd++;
        }
        if (nameEnd == at || bytes[nameEnd] != ':') {
            throw new BadResponseException(nameEnd == at ? "a header line begins with no field name (folded lines are not accepted)"
                    : "a field name is not followed by a colon");
        }
        if (fields.size() == MOST_FIELDS) {
            throw new BadResponseException("more than " + MOST_FIELDS + " header fields");
        }
        int lineEnd = lineEnd();
        int start = nameEnd + 1;
        int valueEnd = lineEnd;
        while (start < valueEnd && Octets.isBlank(bytes[start])) {
            start++;
        }
        while (valueEnd > start && Octets.isBlank(bytes[valueEnd - 1])) {
            valueEnd--;
        }
        for (int i = start; i < valueEnd; i++) {
            requireField(bytes[i]);
        }
        var field = new Field(FieldNames.of(bytes, at, nameEnd), latin1(start, valueEnd));
        fields.add(field);
        note(field);
        at = lineEnd + 2;
    }

    private static void requireField(byte octet) throws BadResponseException {
        if (!Octets.isField(octet)) {
            throw new BadResponseException("a header line holds the octet " + (octet & 0xff) + ", which is not allowed");
        }
    }

    private void note(Field field) throws BadResponseException {
        HeaderName name = field.header();
        if (name == HeaderNames.CONTENT_LENGTH) {
            noteLength(field.value());
        } else if (name == HeaderNames.TRANSFER_ENCODING) {
            if (chunked || !field.value().equalsIgnoreCase("chunked")) {
                throw new BadResponseException("a Transfer-Encoding other than one chunked");
            }
            chunked = true;
        } else if (name == HeaderNames.CONNECTION) {
            noteConnection(field.value());
        }
    }

    private void noteConnection(String value) {
        if (value.equals("keep-alive")) {
            keepAlive = true;
            return;
        }
        for (String option : value.toLowerCase(Locale.ROOT).split(",")) {
            close |= option.strip().equals("close");
            keepAlive |= option.strip().equals("keep-alive");
        }
    }

    private void noteLength(String value) throws BadResponseException {
        if (length >= 0) {
            throw new BadResponseException("more than one Content-Length");
        }
        boolean number = !value.isEmpty() && value.length() <= LENGTH_DIGITS;
        for (int i = 0; number && i < value.length(); i++) {
            number = value.charAt(i) >= '0' && value.charAt(i) <= '9';
        }
        if (!number) {
            throw new BadResponseException("the Content-Length is not a number of 1 to " + LENGTH_DIGITS + " digits");
        }
        length = Long.parseLong(value);
    }

    private String latin1(int start, int stop) {
        return new String(bytes, start, stop - start, StandardCharsets.ISO_8859_1);
    }
}
