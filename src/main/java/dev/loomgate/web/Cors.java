package dev.loomgate.web;

import java.time.Duration;
import java.util.List;
import java.util.Locale;

import io.helidon.http.HeaderNames;
import io.helidon.http.Method;
import io.helidon.http.ServerRequestHeaders;
import io.helidon.http.ServerResponseHeaders;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;

/**
 * Lets pages of other origins use a route (the CORS protocol of the Fetch standard): answers preflights, and says in each
 * response who may read it. Requests of origins that are not allowed are served all the same, as the protocol has it; it is the
 * browser that keeps the answer from the page. Immutable.
 */
public final class Cors {
    private final Settings settings;
    private final boolean anyone;

    /**
     * Which origins may do what.
     *
     * @param origins     {@code https://app.example.org}, {@code https://*.example.org} for all hosts below, or {@code *}
     * @param methods     what they may send
     * @param headers     request fields that they may set; empty for any
     * @param expose      response fields that their scripts may read, beyond the harmless
     * @param credentials whether cookies and passwords may come along; not with {@code *}
     * @param maxAge      how long a browser may remember the answer to a preflight
     * @param options     methods of the route, if OPTIONS is none of them, so that it is answered here; else empty
     */
    public record Settings(List<String> origins, List<String> methods, List<String> headers, List<String> expose,
                           boolean credentials, Duration maxAge, List<String> options) {
        /**
         * Copies the lists.
         *
         * @throws IllegalArgumentException if credentials are allowed to everyone
         */
        public Settings {
            origins = List.copyOf(origins);
            methods = List.copyOf(methods);
            headers = List.copyOf(headers);
            expose = List.copyOf(expose);
            options = List.copyOf(options);
            if (credentials && origins.contains("*")) {
                throw new IllegalArgumentException("credentials need origins by name, not *");
            }
        }
    }

    /** With these settings. */
    public Cors(Settings settings) {
        this.settings = settings;
        this.anyone = settings.origins().contains("*");
    }

    void addTo(ServerRequest request, ServerResponse response) {
        response.beforeSend(() -> {
            ServerResponseHeaders headers = response.headers();
            if (!anyone) {
                Vary.add(headers, "Origin");
            }
            String origin = origin(request.headers());
            if (origin == null || !allows(origin)) {
                return;
            }
            headers.set(HeaderNames.ACCESS_CONTROL_ALLOW_ORIGIN, anyone ? "*" : origin);
            if (settings.credentials()) {
                headers.set(HeaderNames.ACCESS_CONTROL_ALLOW_CREDENTIALS, "true");
            }
            if (!settings.expose().isEmpty()) {
                headers.set(HeaderNames.ACCESS_CONTROL_EXPOSE_HEADERS, String.join(", ", settings.expose()));
            }
        });
    }

    private static String origin(ServerRequestHeaders headers) {
        return headers.contains(HeaderNames.ORIGIN) ? headers.get(HeaderNames.ORIGIN).get() : null;
    }

    private boolean allows(String origin) {
        return anyone || settings.origins().stream().anyMatch(pattern -> matches(pattern, origin));
    }

    /** Whether an origin is meant by a pattern; case does not count in scheme and host (RFC 6454 section 4). */
    static boolean matches(String pattern, String origin) {
        int star = pattern.indexOf("*.");
        if (star < 0) {
            return pattern.equalsIgnoreCase(origin);
        }
        String lower = origin.toLowerCase(Locale.ROOT);
        String scheme = pattern.substring(0, star).toLowerCase(Locale.ROOT);
        String below = pattern.substring(star + 1).toLowerCase(Locale.ROOT);
        int hostEnds = lower.length() - below.length();
        // nothing but the labels of a host may stand for the star
        return lower.startsWith(scheme) && lower.endsWith(below) && hostEnds > scheme.length()
                && lower.substring(scheme.length(), hostEnds).matches("[a-z0-9._-]+");
    }

    /** Answers a preflight, and OPTIONS where the route has none; returns whether it did. */
    boolean answers(ServerRequest request, ServerResponse response) {
        if (request.prologue().method() != Method.OPTIONS) {
            return false;
        }
        ServerRequestHeaders headers = request.headers();
        String origin = origin(headers);
        if (origin == null || !headers.contains(HeaderNames.ACCESS_CONTROL_REQUEST_METHOD)) {
            if (!settings.options().isEmpty()) {
                response.status(Status.NO_CONTENT_204).header(HeaderNames.ALLOW, String.join(", ", settings.options()) + ", OPTIONS");
                response.send();
            }
            return !settings.options().isEmpty();
        }
        if (!allows(origin)) {
            response.status(Status.FORBIDDEN_403).send("pages of this origin may not use this address\n");
            return true;
        }
        response.header(HeaderNames.ACCESS_CONTROL_ALLOW_METHODS, String.join(", ", settings.methods()));
        if (headers.contains(HeaderNames.ACCESS_CONTROL_REQUEST_HEADERS)) {
            // a wildcard would not do for requests with credentials, nor for Authorization
            response.header(HeaderNames.ACCESS_CONTROL_ALLOW_HEADERS, settings.headers().isEmpty()
                    ? headers.get(HeaderNames.ACCESS_CONTROL_REQUEST_HEADERS).get() : String.join(", ", settings.headers()));
            Vary.add(response.headers(), "Access-Control-Request-Headers");
        }
        response.header(HeaderNames.ACCESS_CONTROL_MAX_AGE, Long.toString(settings.maxAge().toSeconds()));
        response.status(Status.NO_CONTENT_204).send();
        return true;
    }
}
