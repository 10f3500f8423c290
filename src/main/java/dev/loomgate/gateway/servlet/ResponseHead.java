package dev.loomgate.gateway.servlet;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;

import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.ServerResponseHeaders;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerResponse;
import org.apache.coyote.Request;
import org.apache.coyote.Response;
import org.apache.tomcat.util.buf.MessageBytes;
import org.apache.tomcat.util.http.MimeHeaders;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The head of a response, from Coyote's form to Helidon's: what Tomcat's own HTTP/1.1 connector would send. */
final class ResponseHead {
    private static final Logger LOGGER = LoggerFactory.getLogger(ResponseHead.class);

    private ResponseHead() {
    }

    /** Statuses whose responses have no body (RFC 9110 sections 15.3.5, 15.3.6, 15.4.5). */
    static boolean isBodiless(int status) {
        return status == 204 || status == 205 || status == 304;
    }

    static void write(Request request, Response from, ServerResponse to) {
        int status = from.getStatus();
        boolean bodiless = isBodiless(status);
        if (bodiless) {
            from.setContentLength(status == 205 ? 0 : -1);
        }
        ServerResponseHeaders fields = to.headers();
        copy(from.getMimeHeaders(), fields);
        if (!bodiless || status == 204) {
            String type = from.getContentType();
            if (type != null) {
                fields.set(HeaderValues.create(HeaderNames.CONTENT_TYPE, type));
            }
            String language = from.getContentLanguage();
            if (language != null) {
                fields.set(HeaderValues.create(HeaderNames.CONTENT_LANGUAGE, language));
            }
        }
        long length = from.getTrailerFields() == null ? from.getContentLengthLong() : -1;
        if (length >= 0) {
            fields.set(HeaderValues.create(HeaderNames.CONTENT_LENGTH, length));
        }
        to.status(status == 200 ? Status.OK_200 : Status.create(status));
    }

    private static void copy(MimeHeaders from, ServerResponseHeaders to) {
        for (int i = 0; i < from.size(); i++) {
            String name = from.getName(i).toString();
            if (!name.equalsIgnoreCase("Transfer-Encoding")) {
                try {
                    to.add(HeaderValues.create(HeaderNames.create(name), value(from.getValue(i))));
                } catch (CharacterCodingException e) {
                    LOGGER.atWarn().addKeyValue("field", name).log("left out of a response: its value is not in its charset");
                }
            }
        }
    }

    /** As Tomcat writes values: control characters become blanks, and a value that the field's charset lacks is left out. */
    private static String value(MessageBytes field) throws CharacterCodingException {
        String text = field.toString();
        boolean plain = true;
        for (int i = 0; plain && i < text.length(); i++) {
            char c = text.charAt(i);
            plain = c >= ' ' && c < 0x7f;
        }
        if (plain) {
            return text;
        }
        ByteBuffer octets = field.getCharset().newEncoder().encode(CharBuffer.wrap(text));
        var clean = new StringBuilder(octets.remaining());
        while (octets.hasRemaining()) {
            int octet = octets.get() & 0xff;
            clean.append(octet < ' ' && octet != '\t' || octet == 0x7f ? ' ' : (char) octet);
        }
        return clean.toString();
    }
}
