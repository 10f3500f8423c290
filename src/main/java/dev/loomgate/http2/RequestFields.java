package dev.loomgate.http2;

import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.function.Consumer;

import dev.loomgate.http.Octets;
import dev.loomgate.http.Refusal;
import dev.loomgate.http.RequestRules;
import dev.loomgate.http.TrailerFields;
import io.helidon.http.HeaderNames;
import io.helidon.http.Headers;
import io.helidon.http.Method;
import io.helidon.http.Status;

/**
 * The fields of a request or of its trailer as they come, checked (RFC 9113 sections 8.2 and 8.3). What is wrong with them is kept
 * until the end: a field section must be decoded to its end in any case. What is too large is let fall.
 */
final class RequestFields implements Consumer<HeaderField> {
    private static final Set<String> OF_CONNECTION = Set.of("connection", "keep-alive", "proxy-connection", "transfer-encoding",
            "upgrade");

    private final int maxSize;
    private final int maxFields;
    private final boolean trailer;
    private final TrailerFields trailers;
    private final RequestHeaders headers = new RequestHeaders();
    private String method;
    private String scheme;
    private String authority;
    private String path;
    private String host;
    private StringBuilder cookie;
    private long contentLength = Http2Stream.UNKNOWN;
    private boolean expectContinue;
    private boolean regular;
    private long size;
    private int count;
    private String mistake;
    private Refusal refusal;

    /** @param trailer whether they follow a body */
    RequestFields(Http2Settings settings, boolean trailer) {
        this.maxSize = settings.maxHeader();
        this.maxFields = settings.maxFields();
        this.trailer = trailer;
        this.trailers = trailer ? new TrailerFields() : null;
    }

    @Override
    public void accept(HeaderField field) {
        size += field.size();
        if (size > maxSize) {
            refuse(new Refusal(Refusal.FIELDS_TOO_LARGE, "the header is longer than " + maxSize + " bytes"));
        }
        if (mistake != null || refusal != null && size > maxSize) {
            return;
        }
        try {
            if (field.name().startsWith(":")) {
                pseudo(field);
            } else {
                regular = true;
                field(field);
            }
        } catch (Refusal e) {
            refuse(e);
        }
    }

    /** Whether it asks for a header alone, as far as is known. */
    boolean isHead() {
        return "HEAD".equals(method);
    }

    private void refuse(Refusal first) {
        if (refusal == null) {
            refusal = first;
        }
    }

    private void malformed(String what) {
        if (mistake == null) {
            mistake = what;
        }
    }

    private void pseudo(HeaderField field) {
        if (regular || trailer) {
            malformed(trailer ? "a trailer holds a pseudo-header field" : "a pseudo-header field follows another field");
            return;
        }
        String before;
        switch (field.name()) {
            case ":method" -> {
                before = method;
                method = field.value();
            }
            case ":scheme" -> {
                before = scheme;
                scheme = field.value();
            }
            case ":authority" -> {
                before = authority;
                authority = field.value();
            }
            case ":path" -> {
                before = path;
                path = field.value();
            }
            default -> {
                malformed("a pseudo-header field is not one of a request");
                return;
            }
        }
        if (before != null) {
            malformed("there is more than one " + field.name());
        }
    }

    private void field(HeaderField field) {
        String name = field.name();
        if (!isName(name) || !isValue(field.value())) {
            malformed("a field's name or value holds an octet that is not allowed");
        } else if (OF_CONNECTION.contains(name) || name.equals("te") && !field.value().equals("trailers")) {
            malformed("the field " + name + " is of HTTP/1 only");
        } else if (trailer) {
            trailers.add(name, field.value());
        } else {
            note(name, field.value());
        }
    }

    /** A token without capitals (section 8.2.1). */
    private static boolean isName(String name) {
        for (int i = 0; i < name.length(); i++) {
            if (Octets.isUpper((byte) name.charAt(i))) {
                return false;
            }
        }
        return isToken(name);
    }

    private static boolean isToken(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c >= 0x80 || !Octets.isToken((byte) c)) {
                return false;
            }
        }
        return !text.isEmpty();
    }

    private static boolean isValue(String value) {
        for (int i = 0; i < value.length(); i++) {
            if (!Octets.isField((byte) value.charAt(i))) {
                return false;
            }
        }
        return value.isEmpty() || !isBlank(value.charAt(0)) && !isBlank(value.charAt(value.length() - 1));
    }

    private static boolean isBlank(char c) {
        return c == ' ' || c == '\t';
    }

    private void note(String name, String value) {
        switch (name) {
            case "cookie" -> {
                // browsers cut it so that each piece can be compressed (section 8.2.3)
                if (cookie == null) {
                    cookie = new StringBuilder(value);
                    count++;
                } else {
                    cookie.append("; ").append(value);
                }
                return;
            }
            case "host" -> {
                if (host != null) {
                    malformed("more than one Host field");
                }
                host = value;
                return;
            }
            case "content-length" -> noteLength(value);
            case "expect" -> {
                RequestRules.checkExpectation(value);
                expectContinue = true;
            }
            default -> {
                // of no meaning here
            }
        }
        if (++count > maxFields) {
            refuse(new Refusal(Refusal.FIELDS_TOO_LARGE, "more than " + maxFields + " header fields"));
            return;
        }
        headers.add(HeaderNames.create(name), value);
    }

    private void noteLength(String value) {
        byte[] digits = value.getBytes(StandardCharsets.ISO_8859_1);
        if (contentLength != Http2Stream.UNKNOWN) {
            malformed("more than one Content-Length");
            return;
        }
        try {
            contentLength = RequestRules.contentLength(digits, 0, digits.length);
        } catch (Refusal e) {
            malformed(e.getMessage());
        }
    }

    /**
     * The fields of a trailer.
     *
     * @throws StreamError if they can't stand in one
     */
    Headers trailers() throws StreamError {
        if (mistake != null || refusal != null) {
            throw new StreamError(ErrorCode.PROTOCOL_ERROR, mistake != null ? mistake : refusal.getMessage());
        }
        return trailers.fields();
    }

    /**
     * What the fields say.
     *
     * @param ended whether no body follows
     * @throws StreamError if they are no request
     * @throws Refusal     if they are one that can't be answered as asked
     */
    RequestHead head(Http2Settings settings, boolean ended) throws StreamError {
        if (mistake == null && refusal == null) {
            checkTarget();
        }
        if (mistake == null && ended && contentLength > 0) {
            mistake = "there is no body, but a Content-Length";
        }
        if (mistake != null) {
            throw new StreamError(ErrorCode.PROTOCOL_ERROR, mistake);
        }
        if (refusal != null) {
            throw refusal;
        }
        Method named = RequestRules.method(method);
        if (path.length() > settings.maxPath()) {
            throw new Refusal(Status.REQUEST_URI_TOO_LONG_414, "the path is longer than " + settings.maxPath() + " bytes");
        }
        byte[] target = path.getBytes(StandardCharsets.ISO_8859_1);
        int question = RequestRules.checkTarget(target, 0, target.length);
        if (path.equals("*") ? named != Method.OPTIONS : path.charAt(0) != '/') {
            throw Refusal.badRequest("the path does not begin with /");
        }
        String site = authority != null ? authority : host;
        if (site == null) {
            throw Refusal.badRequest("no :authority, and no Host field");
        }
        RequestRules.checkAuthority(site);
        // section 8.3.1: handlers and scripts find the host where HTTP/1 has it
        headers.add(HeaderNames.HOST, site);
        if (cookie != null) {
            headers.add(HeaderNames.COOKIE, cookie.toString());
        }
        return new RequestHead(named, question < 0 ? path : path.substring(0, question),
                question < 0 ? null : path.substring(question + 1), site, headers, ended ? 0 : contentLength,
                expectContinue && !ended);
    }

    private void checkTarget() {
        if (method == null || !isToken(method)) {
            malformed("there is no :method that is one");
        } else if (method.equals("CONNECT")) {
            refuse(new Refusal(Status.NOT_IMPLEMENTED_501, "CONNECT is for proxies"));
        } else if (path == null || path.isEmpty()) {
            malformed("there is no :path");
        } else if (!"http".equals(scheme) && !"https".equals(scheme)) {
            malformed("there is no :scheme that is http or https");
        } else if (authority != null && host != null && !authority.equalsIgnoreCase(host)) {
            malformed(":authority and Host differ");
        }
    }

    /**
     * What a request asks for.
     *
     * @param method         request method
     * @param path           path of the target, percent-encoded as sent; {@code *} for a request about the server itself
     * @param query          query of the target without the question mark, or null
     * @param authority      host and port that the request is for
     * @param headers        header fields, with a Host field
     * @param bodyLength     length of the body in bytes; 0 if there is none, {@link Http2Stream#UNKNOWN} if its end says
     * @param expectContinue whether the client waits for 100 (Continue) before it sends the body
     */
    record RequestHead(Method method, String path, String query, String authority, RequestHeaders headers, long bodyLength,
                       boolean expectContinue) {
    }
}
