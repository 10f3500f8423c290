package dev.loomgate.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What is done around the answers of a route, or of the whole server.
 *
 * @param fields     {@code response-headers}, and those of {@code security-headers}: fields by name
 * @param requestId  whether each response tells the request's id; of the whole server only, default false
 * @param compress   {@code compress}; a route's own, or else the server's
 * @param cors       {@code cors} of a route
 * @param users      {@code basic-auth} of a route
 * @param authorizer {@code authorizer} of a route; its files are one script, or there are none
 * @param errorPages {@code error-pages}; a route's own
 */
public record WebConfig(Map<String, String> fields, boolean requestId, Optional<Compress> compress, Optional<Cors> cors,
                        Optional<BasicAuth> users, Optional<RouteConfig.FastCgi> authorizer, Optional<ErrorPages> errorPages) {
    /** Nothing. */
    public static final WebConfig NONE =
            new WebConfig(Map.of(), false, Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());

    /**
     * Compression of responses.
     *
     * @param types       media types and patterns of them; default is text, JSON, JavaScript, XML, SVG and the like
     * @param minSize     bytes below which a response is left as it is; default 1k
     * @param level       1 to 9; default 5
     * @param privateToo  whether responses that go with cookies or passwords are compressed; default true
     */
    public record Compress(List<String> types, int minSize, int level, boolean privateToo) {
        static final Compress DEFAULT = new Compress(List.of("text/*", "*+json", "*+xml", "application/json",
                "application/javascript", "application/xml", "application/wasm", "application/manifest+json",
                "application/x-ndjson", "application/vnd.ms-fontobject", "font/ttf", "font/otf"), 1024, 5, true);
    }

    /**
     * Use of a route by pages of other origins.
     *
     * @param origins     such as {@code https://app.example.org}, {@code https://*.example.org} or {@code *}
     * @param methods     default GET, HEAD, POST
     * @param headers     request fields that may be set; default is any
     * @param expose      response fields that scripts may read
     * @param credentials default false
     * @param maxAge      default 10m
     */
    public record Cors(List<String> origins, List<String> methods, List<String> headers, List<String> expose,
                       boolean credentials, Duration maxAge) {
    }

    /**
     * Names and passwords.
     *
     * @param file  as {@code htpasswd} writes it
     * @param realm what browsers show; default Loomgate
     */
    public record BasicAuth(Path file, String realm) {
    }

    /**
     * What is shown when the server can't answer.
     *
     * @param pages       by status, or its first digit
     * @param details     who is told all that is known of errors; default nobody
     */
    public record ErrorPages(Map<Integer, Path> pages, Details details) {
        /** Who is told. */
        public enum Details {
            /** Nobody. */
            NOBODY,
            /** Clients on the machine of the server. */
            THIS_MACHINE,
            /** All clients. */
            EVERYONE
        }

        /** Whether there is something to show for a status. */
        public boolean shows(int status) {
            return details != Details.NOBODY || pages.containsKey(status) || pages.containsKey(status / 100);
        }
    }
}
