package dev.loomgate.http1;

import static dev.loomgate.http1.Refusal.badRequest;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;

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
    private static final byte[] CONTINUE = "100-continue".getBytes(StandardCharsets.ISO_8859_1);
    private static final int LONGEST_METHOD = 32;
    private static final int LENGTH_DIGITS = 18;
    private static final int MOST_PORT = 65_535;

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
        if (size > LONGEST_METHOD) {
            throw new Refusal(Status.NOT_IMPLEMENTED_501, "a method of " + size + " letters is not known");
        }
        for (int i = start; i < methodEnd; i++) {
            // Helidon would read it as the method in upper case; methods are case-sensitive (RFC 9110 section 9.1)
            if (bytes[i] >= 'a' && bytes[i] <= 'z') {
                throw new Refusal(Status.NOT_IMPLEMENTED_501, "methods are case-sensitive, and no method has small letters");
            }
        }
        Method named = Method.create(latin1(start, methodEnd));
        if (named == Method.CONNECT) {
            throw new Refusal(Status.NOT_IMPLEMENTED_501, "CONNECT is for proxies");
        }
        return named;
    }

    /** RFC 9112 section 3.2. */
    private void target(int start, int targetEnd) {
        int question = -1;
        for (int i = start; i < targetEnd; i++) {
            if (!Octets.isTarget(bytes[i])) {
                throw badRequest("the request target holds an octet that is not allowed: " + (bytes[i] & 0xff));
            }
            if (bytes[i] == '%') {
                checkEncoded(i, targetEnd, question < 0);
            } else if (bytes[i] == '?' && question < 0) {
                question = i;
            }
        }
        int pathEnd = question < 0 ? targetEnd : question;
        int pathStart = bytes[start] == '/' ? start : otherForm(start, targetEnd, pathEnd);
        query = question < 0 ? null : latin1(question + 1, targetEnd);
        path = pathStart == pathEnd ? emptyPath() : latin1(pathStart, pathEnd);
    }

    private void checkEncoded(int percent, int targetEnd, boolean inPath) {
        if (percent + 2 >= targetEnd || !Octets.isHex(bytes[percent + 1]) || !Octets.isHex(bytes[percent + 2])) {
            throw badRequest("the request target has a percent sign without two hexadecimal digits");
        }
        if (inPath && bytes[percent + 1] == '0' && bytes[percent + 2] == '0') {
            // no file has such a name, and a program written in C would see another path than we did (RFC 3986 section 7.3)
            throw badRequest("the path of the request target holds an encoded NUL");
        }
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
        checkAuthority(targetAuthority);
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
        checkAuthority(value);
        host = value;
    }

    /** RFC 9112 section 3.2: an invalid Host is refused; RFC 3986 section 3.2 says what is valid, user information is not. */
    private static void checkAuthority(String value) {
        boolean literal = value.startsWith("[");
        int nameEnd = literal ? value.indexOf(']') + 1 : value.indexOf(':');
        nameEnd = nameEnd < 0 ? value.length() : nameEnd;
        boolean valid = literal ? isIpLiteral(value, nameEnd) : isRegisteredName(value, nameEnd);
        if (!valid || !isPort(value, nameEnd)) {
            throw badRequest("the host is not valid");
        }
    }

    private static boolean isIpLiteral(String value, int end) {
        for (int i = 1; i < end - 1; i++) {
            char c = value.charAt(i);
            if (c != ':' && c != '.' && !(c < 0x80 && Octets.isHex((byte) c))) {
                return false;
            }
        }
        return end > 3;
    }

    private static boolean isRegisteredName(String value, int end) {
        for (int i = 0; i < end; i++) {
            if (!isHostCharacter(value.charAt(i))) {
                return false;
            }
        }
        return end > 0;
    }

    /** Whether nothing, a lone colon, or a colon and a port number follows. */
    private static boolean isPort(String value, int start) {
        int port = 0;
        for (int i = start + 1; i < value.length() && port <= MOST_PORT; i++) {
            char digit = value.charAt(i);
            port = digit >= '0' && digit <= '9' ? port * 10 + digit - '0' : MOST_PORT + 1;
        }
        return start == value.length() || value.charAt(start) == ':' && port <= MOST_PORT;
    }

    private static boolean isHostCharacter(char c) {
        return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || "-._~%!$&'()*+,;=".indexOf(c) >= 0;
    }

    private void noteLength(int start, int valueEnd) {
        if (length >= 0) {
            throw badRequest("more than one Content-Length");
        }
        if (start == valueEnd || valueEnd - start > LENGTH_DIGITS) {
            throw badRequest("the Content-Length is empty or has more than " + LENGTH_DIGITS + " digits");
        }
        long value = 0;
        for (int i = start; i < valueEnd; i++) {
            if (!Octets.isDigit(bytes[i])) {
                throw badRequest("the Content-Length is not a number");
            }
            value = value * 10 + bytes[i] - '0';
        }
        length = value;
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
        if (!FieldNames.equalsIgnoreCase(bytes, start, valueEnd, CONTINUE)) {
            throw new Refusal(Status.EXPECTATION_FAILED_417, "100-continue is the only expectation that can be met");
        }
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
