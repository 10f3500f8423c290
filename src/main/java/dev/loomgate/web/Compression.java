package dev.loomgate.web;

import java.io.OutputStream;
import java.util.List;
import java.util.Locale;

import io.helidon.http.Header;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Method;
import io.helidon.http.ServerRequestHeaders;
import io.helidon.http.ServerResponseHeaders;
import io.helidon.webserver.http.ServerResponse;
import io.helidon.webserver.http.ServerRequest;

/**
 * Compresses responses with gzip (RFC 1952) while they are written, for clients that want it (RFC 9110 section 12.5.3). Never
 * what is encoded already, a part of a document, or what must not be transformed. Immutable.
 */
public final class Compression {
    private static final Header GZIP = HeaderValues.createCached(HeaderNames.CONTENT_ENCODING, "gzip");
    private final Settings settings;

    /**
     * What is compressed.
     *
     * @param types   media types; {@code text/*} and {@code *+json} are patterns
     * @param minSize bytes below which a response is left as it is
     * @param level   1 (quick) to 9 (small)
     * @param secrets whether responses are compressed that may hold secrets beside what an attacker chose (BREACH): those to
     *                requests with {@code Cookie} or {@code Authorization}, and those with {@code Set-Cookie}
     */
    public record Settings(List<String> types, int minSize, int level, boolean secrets) {
        public Settings {
            types = List.copyOf(types);
        }
    }

    /** With these settings. */
    public Compression(Settings settings) {
        this.settings = settings;
    }

    void addTo(ServerRequest request, ServerResponse response) {
        var once = new Once(request, response);
        response.beforeSend(once);
    }

    /** Decides for one response, when its header is known; a response that is begun again is decided on once more. */
    private final class Once implements Runnable {
        private final ServerRequest request;
        private final ServerResponse response;
        private boolean filtered;

        private Once(ServerRequest request, ServerResponse response) {
            this.request = request;
            this.response = response;
        }

        @Override
        public void run() {
            ServerResponseHeaders headers = response.headers();
            int status = response.status().code();
            if (status == 304) {
                // what the 200 would say (RFC 9110 section 15.4.5); its type is not known here
                Vary.add(headers, "Accept-Encoding");
                return;
            }
            if (!isCandidate(status, headers)) {
                return;
            }
            Vary.add(headers, "Accept-Encoding");
            if (!isWanted()) {
                return;
            }
            if (request.prologue().method() == Method.HEAD) {
                long length = headers.contentLength().orElse(Long.MAX_VALUE);
                if (length >= settings.minSize()) {
                    encoded(headers);
                }
            } else if (!filtered) {
                filtered = true;
                response.streamFilter(this::filter);
            }
        }

        private OutputStream filter(OutputStream body) {
            return new CompressedStream(body, settings.minSize(), settings.level(), this::begins);
        }

        /** The last word, when the first bytes are to go out: an error's answer may have taken the place of the first one. */
        private boolean begins() {
            ServerResponseHeaders headers = response.headers();
            if (!isCandidate(response.status().code(), headers)) {
                return false;
            }
            encoded(headers);
            return true;
        }

        private boolean isCandidate(int status, ServerResponseHeaders headers) {
            return status >= 200 && status != 204 && status != 205 && status != 206 && status != 304
                    && !headers.contains(HeaderNames.CONTENT_ENCODING) && !headers.contains(HeaderNames.CONTENT_RANGE)
                    && hasType(headers) && mayTransform(headers)
                    && (settings.secrets() || !headers.contains(HeaderNames.SET_COOKIE) && !hasCredentials(request.headers()));
        }

        private boolean isWanted() {
            ServerRequestHeaders headers = request.headers();
            return headers.contains(HeaderNames.ACCEPT_ENCODING)
                    && AcceptEncoding.prefersGzip(String.join(",", headers.get(HeaderNames.ACCEPT_ENCODING).allValues()));
        }
    }

    private static boolean hasCredentials(ServerRequestHeaders headers) {
        return headers.contains(HeaderNames.COOKIE) || headers.contains(HeaderNames.AUTHORIZATION);
    }

    private static boolean mayTransform(ServerResponseHeaders headers) {
        return !headers.contains(HeaderNames.CACHE_CONTROL)
                || headers.get(HeaderNames.CACHE_CONTROL).allValues().stream().noneMatch(value -> value.contains("no-transform"));
    }

    private boolean hasType(ServerResponseHeaders headers) {
        if (!headers.contains(HeaderNames.CONTENT_TYPE)) {
            return false;
        }
        String field = headers.get(HeaderNames.CONTENT_TYPE).get();
        int semicolon = field.indexOf(';');
        String type = (semicolon < 0 ? field : field.substring(0, semicolon)).strip().toLowerCase(Locale.ROOT);
        boolean named = false;
        for (String pattern : settings.types()) {
            if (pattern.equals(type)) {
                return true;
            }
            named |= pattern.equals("*/*") || pattern.endsWith("/*") && type.startsWith(pattern.substring(0, pattern.length() - 1))
                    || pattern.startsWith("*+") && type.endsWith(pattern.substring(1));
        }
        // each open stream of events would keep a compressor's memory: it must be asked for by name
        return named && !type.equals("text/event-stream");
    }

    private static void encoded(ServerResponseHeaders headers) {
        headers.set(GZIP);
        headers.remove(HeaderNames.CONTENT_LENGTH);
        // ranges count bytes of the compressed form, which is made anew each time
        headers.remove(HeaderNames.ACCEPT_RANGES);
        if (headers.contains(HeaderNames.ETAG)) {
            String tag = headers.get(HeaderNames.ETAG).get();
            if (!tag.startsWith("W/")) {
                headers.set(HeaderNames.ETAG, "W/" + tag);
            }
        }
    }
}
