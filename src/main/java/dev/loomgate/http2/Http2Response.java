package dev.loomgate.http2;

import java.util.Set;

import dev.loomgate.http.BodySink;
import dev.loomgate.http.FieldRules;
import dev.loomgate.http.MessageResponse;
import dev.loomgate.http.ResponseHeaders;
import dev.loomgate.transport.Connection;
import dev.loomgate.transport.StreamServing;
import io.helidon.http.DateTime;
import io.helidon.http.Header;
import io.helidon.http.HeaderNames;
import io.helidon.http.Headers;

/** The response to a stream's request. For the thread that handles the request. */
final class Http2Response extends MessageResponse<Http2Response> {
    /** Fields that say how HTTP/1 frames a message, or what is to become of its connection (RFC 9113 section 8.2.2). */
    private static final Set<String> OF_HTTP1 = Set.of("connection", "keep-alive", "proxy-connection", "transfer-encoding",
            "upgrade");

    private final StreamServing serving;
    private final StreamOutput out;

    Http2Response(Connection connection, Http2Request request, StreamServing serving, StreamOutput out) {
        super(connection, request);
        this.serving = serving;
        this.out = out;
    }

    @Override
    protected boolean isLate() {
        return serving.isRequestLate();
    }

    @Override
    protected void writeWhole(byte[] bytes, int offset, int length) {
        HpackEncoder head = begin();
        if (isBodiless() || isMute()) {
            out.headers(head, true);
        } else {
            out.whole(head, bytes, offset, length);
        }
    }

    @Override
    protected BodySink openBody() {
        HpackEncoder head = begin();
        boolean mute = isMute() || isBodiless();
        return new StreamSink(this, out, head, isBodiless() ? -1 : bodyLength(), mute);
    }

    /** The header of the response: nothing of it has been sent yet. */
    private HpackEncoder begin() {
        beginResponse();
        try {
            return head(headers());
        } catch (IllegalArgumentException e) {
            // the answer that tells of it must not fail in the same way
            headers().clear();
            throw e;
        }
    }

    private HpackEncoder head(ResponseHeaders fields) {
        int code = status().code();
        if (code < 200 || code > 999) {
            throw new IllegalArgumentException("status " + code + " is not one of a response: 200 to 999 are");
        }
        var head = new HpackEncoder();
        head.status(code);
        boolean dated = false;
        for (int i = 0; i < fields.size(); i++) {
            Header field = fields.at(i);
            String name = field.headerName().lowerCase();
            if (field.headerName() != HeaderNames.CONTENT_LENGTH) {
                put(head, name, field);
                dated |= field.headerName() == HeaderNames.DATE;
            }
        }
        if (!dated) {
            head.field("date", DateTime.rfc1123String());
        }
        if (!isBodiless() && bodyLength() >= 0) {
            head.field("content-length", Long.toString(bodyLength()));
        }
        return head;
    }

    private static void put(HpackEncoder head, String name, Header field) {
        if (OF_HTTP1.contains(name)) {
            return;
        }
        FieldRules.requireSafe(field);
        // blanks around a value are none of it in HTTP/1, and not allowed here (section 8.2.1)
        if (field.valueCount() == 1) {
            head.field(name, stripped(field.get()));
            return;
        }
        for (String value : field.allValues()) {
            head.field(name, stripped(value));
        }
    }

    /** As {@link String#strip}, by what is written of each character, which is its low octet. */
    private static String stripped(String value) {
        int from = 0;
        int to = value.length();
        while (from < to && isBlank(value.charAt(from))) {
            from++;
        }
        while (from < to && isBlank(value.charAt(to - 1))) {
            to--;
        }
        return value.substring(from, to);
    }

    private static boolean isBlank(char character) {
        int octet = character & 0xff;
        return octet == ' ' || octet == '\t';
    }

    /** Whether the end of the body is not the end of the response. */
    boolean isFollowedByTrailers() {
        return hasTrailers();
    }

    /** The section of fields that follows the body. */
    HpackEncoder trailerFields() {
        Headers trailers = finishedTrailers();
        var section = new HpackEncoder();
        for (Header field : trailers) {
            put(section, field.headerName().lowerCase(), field);
        }
        return section;
    }
}
