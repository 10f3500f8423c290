package dev.loomgate.handler;

import java.time.Duration;
import java.util.List;
import java.util.Locale;

import io.helidon.http.HeaderNames;
import io.helidon.http.ServerRequestHeaders;

/**
 * Limits of WebSockets.
 *
 * @param maxMessage longest message in bytes, its fragments together; above it the socket is closed with 1009
 * @param idle       how long a client may be silent; it is asked for a sign of life after half of it
 * @param origins    pages that may connect, such as {@code https://app.example.org}, or {@code *} for all; empty for those of the
 *                   host that is asked. Programs that are no browsers send no origin, and may
 */
public record WebSocketSettings(int maxMessage, Duration idle, List<String> origins) {
    /** 1 MB, a minute, pages of the same host. */
    public static final WebSocketSettings DEFAULTS = new WebSocketSettings(1 << 20, Duration.ofMinutes(1), List.of());

    public WebSocketSettings {
        origins = List.copyOf(origins);
        if (maxMessage < 1 || idle.toMillis() < 2) {
            throw new IllegalArgumentException("a message has a byte at least, and a client may be silent for 2 ms at least");
        }
    }

    /** Whether the page that a request comes from may connect (RFC 6455 section 10.2): cookies come along from any page. */
    boolean allows(ServerRequestHeaders headers) {
        if (!headers.contains(HeaderNames.ORIGIN)) {
            return true;
        }
        String origin = headers.get(HeaderNames.ORIGIN).get().toLowerCase(Locale.ROOT);
        if (!origins.isEmpty()) {
            return origins.contains("*") || origins.stream().anyMatch(origin::equalsIgnoreCase);
        }
        int host = origin.indexOf("://");
        return host >= 0 && headers.contains(HeaderNames.HOST)
                && origin.substring(host + 3).equalsIgnoreCase(headers.get(HeaderNames.HOST).get());
    }
}
