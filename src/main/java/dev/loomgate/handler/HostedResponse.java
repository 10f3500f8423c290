package dev.loomgate.handler;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.ServerResponse;

/** A {@link Response} over Helidon's. Nothing of it reaches Helidon's before it is sent, so that it can be taken back. */
final class HostedResponse implements Response {
    private static final Set<String> SAFE_METHODS = Set.of("GET", "HEAD", "OPTIONS", "TRACE");
    private static final Set<String> OTHERS_BUSINESS = Set.of("transfer-encoding", "keep-alive", "upgrade", "trailer");

    private static final byte[] NOTHING = {};

    private final ServerResponse response;
    private final String method;
    private final ResponseBody body;
    private final Map<String, Field> fields = new LinkedHashMap<>();
    private int status = 200;
    private String contentType;
    private long contentLength = -1;
    private ResponseWriter writer;
    private boolean bytesTaken;
    private boolean committed;
    private boolean clientGone;

    private record Field(String name, List<String> values) {
    }

    HostedResponse(ServerResponse response, String method) {
        this.response = response;
        this.method = method;
        this.body = new ResponseBody(this::begin, method.equals("HEAD"));
    }

    @Override
    public Response status(int newStatus) {
        requireUncommitted("status");
        if (newStatus < 200 || newStatus > 599) {
            throw new IllegalArgumentException("A response has a status from 200 to 599, not " + newStatus);
        }
        status = newStatus;
        return this;
    }

    @Override
    public int status() {
        return status;
    }

    @Override
    public Response header(String name, String value) {
        return field(name, value, true);
    }

    @Override
    public Response addHeader(String name, String value) {
        return field(name, value, false);
    }

    private Response field(String name, String value, boolean replace) {
        requireUncommitted("header field " + name);
        FieldSyntax.requireToken("Name of header field", name);
        FieldSyntax.requireValue(name, value);
        String key = name.toLowerCase(Locale.ROOT);
        if (OTHERS_BUSINESS.contains(key)) {
            throw new IllegalArgumentException("Header field " + name + " belongs to the connection: the server sets it");
        }
        switch (key) {
            case "content-type" -> contentType(value);
            case "content-length" -> contentLength(parseLength(value));
            default -> {
                Field field = fields.computeIfAbsent(key, absent -> new Field(name, new ArrayList<>(1)));
                if (replace) {
                    field.values().clear();
                }
                field.values().add(value.strip());
            }
        }
        return this;
    }

    private static long parseLength(String value) {
        try {
            return Long.parseLong(value.strip());
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("Content-Length is '" + value + "', must be a number of bytes");
        }
    }

    @Override
    public Response contentType(String type) {
        requireUncommitted("Content-Type");
        FieldSyntax.requireValue("Content-Type", type);
        Charset charset = charset(type);
        if (writer != null && charset != null && !charset.equals(writer.charset())) {
            throw new IllegalStateException("The writer of out() writes " + writer.charset() + ": set contentType(\"" + type
                    + "\") before the first out()");
        }
        contentType = type.strip();
        return this;
    }

    private static Charset charset(String type) {
        String name = ContentTypes.charset(type);
        try {
            return name == null ? null : Charset.forName(name);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("Content-Type '" + type + "' names a character set that doesn't exist", e);
        }
    }

    @Override
    public Response contentLength(long bytes) {
        requireUncommitted("Content-Length");
        if (bytes < 0) {
            throw new IllegalArgumentException("Content-Length is " + bytes + ", must be 0 or more");
        }
        contentLength = bytes;
        return this;
    }

    @Override
    public Response cookie(Cookie cookie) {
        return addHeader("Set-Cookie", cookie.fieldValue());
    }

    @Override
    public void redirect(String location) {
        redirect(SAFE_METHODS.contains(method) ? 302 : 303, location);
    }

    @Override
    public void redirect(int newStatus, String location) {
        if (newStatus < 300 || newStatus > 399) {
            throw new IllegalArgumentException("A redirect has a status from 300 to 399, not " + newStatus);
        }
        status(newStatus);
        header("Location", asciiReference(location));
        contentType = null;
        contentLength = -1;
        body.drop();
    }

    /** A URI reference is ASCII: what isn't is percent-encoded in UTF-8 as browsers do (RFC 3987 section 3.1). */
    private static String asciiReference(String location) {
        var ascii = new StringBuilder(location.length());
        for (byte b : location.getBytes(StandardCharsets.UTF_8)) {
            if (b < 0 || b == ' ') {
                ascii.append('%').append("%02X".formatted(b & 0xff));
            } else {
                ascii.append((char) b);
            }
        }
        return ascii.toString();
    }

    @Override
    public PrintWriter out() {
        if (bytesTaken) {
            throw new IllegalStateException("The body is being written as bytes: outputStream() was called before out()");
        }
        if (writer == null) {
            Charset named = contentType == null ? null : charset(contentType);
            writer = new ResponseWriter(body, named == null ? StandardCharsets.UTF_8 : named);
        }
        return writer;
    }

    @Override
    public OutputStream outputStream() {
        if (writer != null) {
            throw new IllegalStateException("The body is being written as text: out() was called before outputStream()");
        }
        bytesTaken = true;
        return body;
    }

    @Override
    public void flush() throws IOException {
        if (writer != null) {
            writer.flush();
        } else {
            body.flush();
        }
    }

    @Override
    public boolean committed() {
        return committed;
    }

    /** Whether the client could not be written to. */
    boolean clientGone() {
        return clientGone || body.clientGone();
    }

    /** Sends what has not been sent yet; called when the handler has returned. */
    void finish() throws IOException {
        if (writer != null) {
            writer.close();
        }
        body.close();
        if (body.begun()) {
            if (contentLength >= 0 && body.written() != contentLength && hasContent()) {
                throw new IllegalStateException("The response said contentLength(" + contentLength + ") but has "
                        + body.written() + " bytes");
            }
            body.finish();
        } else {
            sendWhole();
        }
    }

    private void sendWhole() {
        commit();
        byte[] whole = method.equals("HEAD") ? NOTHING : body.kept();
        if (hasContent()) {
            // a length that the handler has set wrong, often in characters, is of no use to anyone
            boolean lengthOnly = method.equals("HEAD") && contentLength >= 0;
            response.contentLength(lengthOnly ? contentLength : body.written());
        }
        try {
            response.send(hasContent() ? whole : NOTHING);
        } catch (UncheckedIOException | CloseConnectionException e) {
            clientGone = true;
            throw e;
        }
    }

    /** Sends status and header because the body is flushed or too large to be kept. */
    private OutputStream begin() {
        if (contentLength >= 0 && body.written() > contentLength) {
            throw new IllegalStateException("The response said contentLength(" + contentLength + ") but has more bytes");
        }
        commit();
        if (!hasContent()) {
            response.send();
            return OutputStream.nullOutputStream();
        }
        if (contentLength >= 0) {
            response.contentLength(contentLength);
        }
        return response.outputStream();
    }

    private void commit() {
        committed = true;
        response.status(status);
        fields.forEach((key, field) ->
                response.header(HeaderValues.create(HeaderNames.create(key, field.name()), field.values())));
        if (writer != null && hasContent() && body.written() > 0) {
            response.header(HeaderNames.CONTENT_TYPE, typeOfText(writer.charset()));
        } else if (contentType != null) {
            response.header(HeaderNames.CONTENT_TYPE, contentType);
        }
    }

    private String typeOfText(Charset charset) {
        String type = contentType == null ? "text/plain" : contentType;
        return ContentTypes.charset(type) != null ? type : type + "; charset=" + charset.name().toLowerCase(Locale.ROOT);
    }

    /** Whether a response of this status has content at all (RFC 9110 sections 15.3.5, 15.3.6 and 15.4.5). */
    private boolean hasContent() {
        return status != 204 && status != 205 && status != 304;
    }

    private void requireUncommitted(String what) {
        if (committed) {
            throw new IllegalStateException("Too late to set the " + what + ": the response has begun to be sent");
        }
    }

    /** Answers with plain text instead of what the handler made. Only before {@link #committed}. */
    void replace(int newStatus, String text) {
        fields.clear();
        status = newStatus;
        contentType = "text/plain; charset=utf-8";
        committed = true;
        byte[] bytes = (text + "\n").getBytes(StandardCharsets.UTF_8);
        response.status(status);
        response.header(HeaderNames.CONTENT_TYPE, contentType);
        response.header("X-Content-Type-Options", "nosniff");
        if (status == 413) {
            // what is left of the body would have to be read before the next request
            response.header(HeaderValues.CONNECTION_CLOSE);
        }
        response.contentLength(bytes.length);
        response.send(method.equals("HEAD") ? NOTHING : bytes);
    }
}
