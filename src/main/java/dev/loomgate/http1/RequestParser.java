package dev.loomgate.http1;

import static dev.loomgate.http.Refusal.badRequest;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;

import dev.loomgate.http.Octets;
import dev.loomgate.http.Refusal;
import dev.loomgate.http.RequestRules;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.Method;
import io.helidon.http.Status;

/**
 * Parses the header of one request, strictly: what two servers could read differently is refused (RFC 9112 section 11.2).
 * Works on the bytes of the input's buffer in place.
 *
 * <p>Stricter than RFC 9112 must be, as it allows: a line must end in CRLF, never in LF alone (section 2.2); a field line must
 * not be folded (5.2); more than one Content-Length is refused even if they agree (6.3).
 */
final class RequestParser {
    private static final byte[] CHUNKED_CODING = "chunked".getBytes(StandardCharsets.ISO_8859_1);

    private final byte[] bytes;
    private final int end;
    private final int maxFields;
    private int at;

    private Method method;
    private String path;
    private String query;
    private boolean http11;
    private RequestHeaders headers;

    private String targetAuthority;
    private String host;
    private long length = -1;
    private boolean chunked;
    private boolean codingSeen;
    private boolean close;
    private boolean keepAlive;
    private boolean upgradeOption;
    private boolean expectContinue;
    private String upgrade;

    private RequestParser(byte[] bytes, int start, int end, int maxFields) {
        this.bytes = bytes;
        this.at = start;
        this.end = end;
        this.maxFields = maxFields;
    }

    /**
     * Parses a whole header.
     *
     * @param bytes     holds it
     * @param start     index of its first byte, past any empty line before it
     * @param end       index past the CRLF of the empty line that ends it; every LF in between follows a CR
     * @param maxFields most field lines
     * @throws Refusal if it is not a request that can be answered as asked
     */
    static RequestHead parse(byte[] bytes, int start, int end, int maxFields) {
        var parser = new RequestParser(bytes, start, end, maxFields);
        parser.requestLine();
        parser.fields();
        return parser.head();
    }

    private void requestLine() {
        int lineEnd = lineEnd();
        int methodEnd = at;
        while (methodEnd < lineEnd && Octets.isToken(bytes[methodEnd])) {
            methodEnd++;
        }
        if (methodEnd == at || methodEnd == lineEnd || bytes[methodEnd] != ' ') {
            throw badRequest("the request line does not begin with a method and a space");
        }
        int targetEnd = methodEnd + 1;
        while (targetEnd < lineEnd && bytes[targetEnd] != ' ') {
            targetEnd++;
        }
        if (targetEnd == methodEnd + 1 || targetEnd == lineEnd) {
            throw badRequest("the request line has no target, or no protocol version");
        }
        // before the rest: in another version, that may have another meaning
        version(targetEnd + 1, lineEnd);
        method = method(at, methodEnd);
        target(methodEnd + 1, targetEnd);
        at = lineEnd + 2;
    }

    private Method method(int start, int methodEnd) {
        int size = methodEnd - start;
        if (size == 3 && bytes[start] == 'G' && bytes[start + 1] == 'E' && bytes[start + 2] == 'T') {
            return Method.GET;
        }
        return RequestRules.method(latin1(start, methodEnd));
    }

    /** RFC 9112 section 3.2. */
    private void target(int start, int targetEnd) {
        int question = RequestRules.checkTarget(bytes, start, targetEnd);
        int pathEnd = question < 0 ? targetEnd : question;
        int pathStart = bytes[start] == '/' ? start : otherForm(start, targetEnd, pathEnd);
        query = question < 0 ? null : latin1(question + 1, targetEnd);
        path = pathStart == pathEnd ? emptyPath() : latin1(pathStart, pathEnd);
    }

    private String emptyPath() {
        // RFC 9112 section 3.2.4: OPTIONS of a proxy for a whole server
        return method == Method.OPTIONS && query == null ? "*" : "/";
    }

    /** Absolute form and asterisk form; returns where the path begins. */
    private int otherForm(int start, int targetEnd, int pathEnd) {
        if (targetEnd - start == 1 && bytes[start] == '*') {
            if (method != Method.OPTIONS) {
                throw badRequest("the target * is for OPTIONS only");
            }
            return start;
        }
        int authority = afterScheme(start, targetEnd);
        int i = authority;
        while (i < pathEnd && bytes[i] != '/') {
            i++;
        }
        targetAuthority = latin1(authority, i);
        RequestRules.checkAuthority(targetAuthority);
        return i;
    }

    private int afterScheme(int start, int targetEnd) {
        int colon = start;
        while (colon < targetEnd && bytes[colon] != ':') {
            colon++;
        }
        String scheme = latin1(start, colon);
        boolean http = scheme.equalsIgnoreCase("http") || scheme.equalsIgnoreCase("https");
        if (!http || colon + 3 > targetEnd || bytes[colon + 1] != '/' || bytes[colon + 2] != '/') {
            throw badRequest("the request target begins neither with / nor with http://");
        }
        return colon + 3;
    }

    private void version(int start, int lineEnd) {
        boolean wellFormed = lineEnd - start == 8 && bytes[start] == 'H' && bytes[start + 1] == 'T' && bytes[start + 2] == 'T'
                && bytes[start + 3] == 'P' && bytes[start + 4] == '/' && Octets.isDigit(bytes[start + 5])
                && bytes[start + 6] == '.' && Octets.isDigit(bytes[start + 7]);
        if (!wellFormed) {
            throw badRequest("the request line does not end with a protocol version such as HTTP/1.1");
        }
        if (bytes[start + 5] != '1') {
            throw new Refusal(Status.HTTP_VERSION_NOT_SUPPORTED_505, "HTTP/1.0 and HTTP/1.1 are spoken here");
        }
        http11 = bytes[start + 7] != '0';
    }

    private void fields() {
        byte[] kept = Arrays.copyOfRange(bytes, at, end);
        headers = new RequestHeaders(kept, at);
        int lastLine = end - 2;
        for (int count = 0; at < lastLine; count++) {
            if (count == maxFields) {
                throw new Refusal(Refusal.FIELDS_TOO_LARGE, "more than " + maxFields + " header fields");
            }
            field();
        }
    }

    private void field() {
        int nameEnd = at;
        while (Octets.isToken(bytes[nameEnd])) {
            nameEnd++;
        }
        if (nameEnd == at || bytes[nameEnd] != ':') {
            throw badRequest(nameEnd == at ? "a header line begins with no field name (folded lines are not accepted)"
                    : "a field name is not followed by a colon");
        }
        int lineEnd = lineEnd(nameEnd);
        int valueStart = nameEnd + 1;
        int valueEnd = lineEnd;
        while (valueStart < valueEnd && isBlank(bytes[valueStart])) {
            valueStart++;
        }
        while (valueEnd > valueStart && isBlank(bytes[valueEnd - 1])) {
            valueEnd--;
        }
        HeaderName name = FieldNames.find(bytes, at, nameEnd);
        headers.add(name, at, nameEnd, valueStart, valueEnd);
        if (name != null) {
            note(name, valueStart, valueEnd);
        }
        at = lineEnd + 2;
    }

    /** Takes from a field what decides about framing and connection. */
    private void note(HeaderName name, int start, int valueEnd) {
        if (name == HeaderNames.HOST) {
            noteHost(latin1(start, valueEnd));
        } else if (name == HeaderNames.CONTENT_LENGTH) {
            noteLength(start, valueEnd);
        } else if (name == HeaderNames.TRANSFER_ENCODING) {
            noteCoding(start, valueEnd);
        } else if (name == HeaderNames.CONNECTION) {
            noteConnection(latin1(start, valueEnd));
        } else if (name == HeaderNames.UPGRADE) {
            upgrade = upgrade == null ? latin1(start, valueEnd) : upgrade + "," + latin1(start, valueEnd);
        } else if (name == HeaderNames.EXPECT) {
            noteExpect(start, valueEnd);
        }
    }

    private void noteHost(String value) {
        if (host != null) {
            throw badRequest("more than one Host field");
        }
        RequestRules.checkAuthority(value);
        host = value;
    }

    private void noteLength(int start, int valueEnd) {
        if (length >= 0) {
            throw badRequest("more than one Content-Length");
        }
        length = RequestRules.contentLength(bytes, start, valueEnd);
    }

    /** RFC 9112 section 6.1: chunked, once and alone, is the one coding that is understood. */
    private void noteCoding(int start, int valueEnd) {
        if (codingSeen) {
            throw badRequest("more than one Transfer-Encoding");
        }
        codingSeen = true;
        if (FieldNames.equalsIgnoreCase(bytes, start, valueEnd, CHUNKED_CODING)) {
            chunked = true;
            return;
        }
        String[] codings = latin1(start, valueEnd).split(",", -1);
        boolean chunkedLast = codings[codings.length - 1].strip().equalsIgnoreCase("chunked");
        boolean chunkedOnce = Arrays.stream(codings).filter(coding -> coding.strip().equalsIgnoreCase("chunked")).count() == 1;
        if (chunkedLast && chunkedOnce && Arrays.stream(codings).noneMatch(String::isBlank)) {
            throw new Refusal(Status.NOT_IMPLEMENTED_501, "chunked is the only transfer coding that is understood");
        }
        // the length of such a body can't be told (RFC 9112 section 6.3)
        throw badRequest("the transfer coding does not end in one chunked");
    }

    private void noteConnection(String value) {
        for (String option : value.split(",")) {
            switch (option.strip().toLowerCase(Locale.ROOT)) {
                case "close" -> close = true;
                case "keep-alive" -> keepAlive = true;
                case "upgrade" -> upgradeOption = true;
                default -> {
                    // names a field for this hop only, of no meaning to an origin server
                }
            }
        }
    }

    private void noteExpect(int start, int valueEnd) {
        RequestRules.checkExpectation(latin1(start, valueEnd));
        expectContinue = true;
    }

    private RequestHead head() {
        if (chunked && length >= 0) {
            throw badRequest("both Content-Length and Transfer-Encoding");
        }
        if (chunked && !http11) {
            throw badRequest("Transfer-Encoding in HTTP/1.0 (RFC 9112 section 6.1)");
        }
        if (http11 && host == null) {
            throw badRequest("no Host field");
        }
        long bodyLength = chunked ? RequestHead.CHUNKED : Math.max(length, 0);
        String authority = targetAuthority != null ? targetAuthority : host == null ? "" : host;
        boolean overridden = targetAuthority != null && !targetAuthority.equals(host);
        return new RequestHead(method, path, query, http11, headers, overridden, authority, bodyLength,
                http11 ? !close : keepAlive && !close, expectContinue && http11 && bodyLength != 0,
                upgradeOption && http11 ? upgrade : null);
    }

    /** End of the line that begins here: the index of its CR. */
    private int lineEnd() {
        int i = at;
        while (bytes[i] != '\r') {
            i++;
        }
        if (bytes[i + 1] != '\n') {
            throw badRequest("a CR without LF");
        }
        return i;
    }

    /** End of a field line, of which the value has been checked on the way. */
    private int lineEnd(int from) {
        int i = from;
        while (Octets.isField(bytes[i])) {
            i++;
        }
        if (bytes[i] != '\r' || bytes[i + 1] != '\n') {
            throw badRequest("a field value holds an octet that is not allowed: " + (bytes[i] & 0xff));
        }
        return i;
    }

    private static boolean isBlank(byte octet) {
        return octet == ' ' || octet == '\t';
    }

    private String latin1(int start, int stop) {
        return new String(bytes, start, stop - start, StandardCharsets.ISO_8859_1);
    }
}
