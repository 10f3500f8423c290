package dev.loomgate.files;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

import io.helidon.http.Header;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Method;
import io.helidon.http.ServerRequestHeaders;
import io.helidon.http.ServerResponseHeaders;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;

/**
 * What a request asks for beyond its path, and the responses that it can get.
 *
 * @param head whether the method is HEAD, so that a response has no content
 */
record Exchange(ServerRequest request, ServerResponse response, boolean head) {
    private static final Header ALLOW = HeaderValues.createCached(HeaderNames.ALLOW, "GET, HEAD, OPTIONS");
    private static final Header HTML = HeaderValues.createCached(HeaderNames.CONTENT_TYPE, "text/html; charset=utf-8");
    private static final Header PLAIN_TEXT = HeaderValues.createCached(HeaderNames.CONTENT_TYPE, "text/plain; charset=utf-8");
    private static final Header NO_CACHE = HeaderValues.createCached(HeaderNames.CACHE_CONTROL, "no-cache");
    private static final Header RETRY_SOON = HeaderValues.createCached(HeaderNames.RETRY_AFTER, "1");
    /** A listing needs nothing but its own style: a file name that broke out of its quotes could still do nothing. */
    private static final Header LISTING_POLICY = HeaderValues.createCached(HeaderNames.create("Content-Security-Policy"),
            "default-src 'none'; style-src 'unsafe-inline'");

    /** Selects the representation that the client likes best. */
    Representation select(Resource resource) {
        if (resource.encoded().isEmpty()) {
            return resource.plain();
        }
        ServerRequestHeaders headers = request.headers();
        return AcceptEncoding.select(headers.contains(HeaderNames.ACCEPT_ENCODING)
                ? headers.get(HeaderNames.ACCEPT_ENCODING).values() : null, resource);
    }

    /** Evaluates the request's conditions. */
    Preconditions preconditions(Representation selected) {
        return Preconditions.evaluate(request.headers(), selected);
    }

    /** The ranges that the request asks for; see {@link ByteRange#parse}. GET alone has ranges (RFC 9110 section 14.2). */
    Optional<List<ByteRange>> ranges(Representation selected) {
        ServerRequestHeaders headers = request.headers();
        if (head || !headers.contains(HeaderNames.RANGE) || !Preconditions.rangeApplies(headers, selected)) {
            return Optional.empty();
        }
        return ByteRange.parse(headers.get(HeaderNames.RANGE).values(), selected.length());
    }

    /** 200 with content that is in memory, or with none for HEAD. */
    void answerWhole(Representation selected) {
        setFields(selected.fields());
        response.headers().set(selected.contentType());
        if (head) {
            response.headers().set(selected.contentLength());
            response.send();
        } else {
            response.send(selected.body());
        }
    }

    /** 200 or 206 with content that is written piece by piece. */
    void answer(Representation selected, Optional<List<ByteRange>> ranges, Content content) throws IOException {
        setFields(selected.fields());
        if (ranges.isEmpty()) {
            setContent(selected.contentType(), selected.length());
            write(out -> content.writeTo(out, 0, selected.length()));
            return;
        }
        response.status(Status.PARTIAL_CONTENT_206);
        if (ranges.get().size() == 1) {
            ByteRange range = ranges.get().getFirst();
            response.header(HeaderValues.create(HeaderNames.CONTENT_RANGE, range.contentRange(selected.length())));
            setContent(selected.contentType(), range.length());
            write(out -> content.writeTo(out, range.first(), range.length()));
        } else {
            var parts = new Multipart(ranges.get(), selected);
            setContent(HeaderValues.create(HeaderNames.CONTENT_TYPE, parts.contentType()), parts.length());
            write(out -> parts.writeTo(out, content));
        }
    }

    private interface Body {
        void writeTo(OutputStream out) throws IOException;
    }

    private void write(Body body) throws IOException {
        OutputStream out = response.outputStream();
        body.writeTo(out);
        // only now: to close the stream of a response that broke off would make it look complete
        out.close();
    }

    /** 304. */
    void answerNotModified(Representation selected) {
        setFields(selected.notModifiedFields());
        response.status(Status.NOT_MODIFIED_304).send();
    }

    /** 416. */
    void answerUnsatisfiable(Representation selected) {
        response.header(HeaderValues.create(HeaderNames.CONTENT_RANGE, "bytes */" + selected.length()));
        answerError(Status.REQUESTED_RANGE_NOT_SATISFIABLE_416);
    }

    /**
     * 301.
     *
     * @param path where to, without the query
     */
    void answerRedirect(String path) {
        String query = request.prologue().query().rawValue();
        response.header(HeaderValues.create(HeaderNames.LOCATION, query.isEmpty() ? path : path + '?' + query));
        answerError(Status.MOVED_PERMANENTLY_301);
    }

    /** 200 with a listing. */
    void answerListing(byte[] html) {
        response.headers().set(NO_CACHE).set(LISTING_POLICY);
        answerPage(HTML, html);
    }

    /** 204 for OPTIONS, 405 for other methods than GET and HEAD. */
    void answerMethod(Method method) {
        response.header(ALLOW);
        if (method.equals(Method.OPTIONS)) {
            response.status(Status.NO_CONTENT_204).send();
        } else {
            answerError(Status.METHOD_NOT_ALLOWED_405);
        }
    }

    /** A status with a line of text that says it. */
    void answerError(Status status) {
        response.status(status);
        if (status.equals(Status.SERVICE_UNAVAILABLE_503)) {
            response.header(RETRY_SOON);
        }
        answerPage(PLAIN_TEXT, (status.code() + " " + status.reasonPhrase() + '\n').getBytes(StandardCharsets.US_ASCII));
    }

    private void answerPage(Header type, byte[] page) {
        if (head) {
            setContent(type, page.length);
            response.send();
        } else {
            response.headers().set(type);
            response.send(page);
        }
    }

    private void setContent(Header type, long length) {
        response.headers().set(type).set(HeaderValues.create(HeaderNames.CONTENT_LENGTH, length));
    }

    private void setFields(Header[] fields) {
        ServerResponseHeaders headers = response.headers();
        for (Header field : fields) {
            headers.set(field);
        }
    }
}
