package dev.loomgate.config;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads what is done around answers, which a route and the file as a whole may have. */
final class WebReader {
    private static final Map<String, String> SECURITY = Map.of("X-Content-Type-Options", "nosniff", "X-Frame-Options",
            "SAMEORIGIN", "Referrer-Policy", "strict-origin-when-cross-origin");
    private static final Duration MAX_AGE = Duration.ofMinutes(10);

    private final RouteRules rules;
    private final ResponderReader responders;

    WebReader(RouteRules rules, ResponderReader responders) {
        this.rules = rules;
        this.responders = responders;
    }

    /** For the whole server. */
    WebConfig ofServer(Section root) {
        return new WebConfig(fields(root), root.flag("request-id", false), compress(root), Optional.empty(), Optional.empty(),
                Optional.empty(), errorPages(root));
    }

    /** For a route. */
    WebConfig ofRoute(Section section) {
        return new WebConfig(fields(section), false, compress(section), cors(section), users(section), responders.authorizer(section),
                errorPages(section));
    }

    private static Map<String, String> fields(Section section) {
        var fields = new LinkedHashMap<String, String>();
        if (section.flag("security-headers", false)) {
            fields.putAll(SECURITY);
        }
        section.map("response-headers", HandlerReader::fieldValue).forEach((name, value) -> {
            if (!name.matches(HandlerReader.TOKEN)) {
                section.problem("response-headers", "found '" + name + "', which is not the name of a header field");
            } else if (name.matches("(?i)content-length|transfer-encoding|connection|content-type|content-encoding|date|trailer")) {
                section.problem("response-headers", "found '" + name + "', which belongs to each response: handler and server "
                        + "set it");
            } else {
                fields.keySet().removeIf(name::equalsIgnoreCase);
                fields.put(name, value);
            }
        });
        return fields;
    }

    private static Optional<WebConfig.Compress> compress(Section section) {
        if (!section.has("compress")) {
            return Optional.empty();
        }
        WebConfig.Compress fallback = WebConfig.Compress.DEFAULT;
        if (!section.isSection("compress")) {
            // 'false' is more than nothing: it keeps the server's setting from a route
            return Optional.of(section.flag("compress", false) ? fallback
                    : new WebConfig.Compress(List.of(), fallback.minSize(), fallback.level(), true));
        }
        Section compress = section.section("compress").orElseThrow();
        var read = new WebConfig.Compress(compress.list("types", fallback.types(), WebReader::mediaType),
                compress.size("min-size", 0, 1 << 20, fallback.minSize()), compress.integer("level", 1, 9, fallback.level()),
                compress.flag("private", true));
        compress.finish();
        return Optional.of(read);
    }

    private static String mediaType(String text) {
        if (!text.matches("(\\*|[a-z0-9.-]+)/(\\*|[a-z0-9.+_-]+)|\\*\\+[a-z0-9.-]+")) {
            throw new IllegalArgumentException("a media type in small letters such as text/html, text/* or *+json is allowed");
        }
        return text;
    }

    private static Optional<WebConfig.Cors> cors(Section section) {
        return section.section("cors").map(cors -> {
            List<String> origins = cors.list("origins", List.of(), WebReader::origin);
            boolean credentials = cors.flag("credentials", false);
            if (!cors.has("origins")) {
                cors.problem("origins", "is missing; it must be there, as in origins: [https://app.example.org]");
            } else if (credentials && origins.contains("*")) {
                cors.problem("credentials", "any site could act in the name of your users: name the origins instead of *");
            }
            var read = new WebConfig.Cors(origins, cors.list("methods", List.of("GET", "HEAD", "POST"), RouteReader::method),
                    cors.list("headers", List.of(), WebReader::token), cors.list("expose", List.of(), WebReader::token), credentials,
                    cors.time("max-age", true).orElse(MAX_AGE));
            cors.finish();
            return read;
        });
    }

    static String origin(String text) {
        if (!text.equals("*") && !text.matches("[a-z][a-z0-9+.-]*://(\\*\\.)?[A-Za-z0-9._-]+(:[0-9]+)?")
                && !text.matches("[a-z][a-z0-9+.-]*://\\[[0-9a-fA-F:.]+](:[0-9]+)?")) {
            throw new IllegalArgumentException("an origin is scheme and host without a path, such as https://app.example.org or "
                    + "https://*.example.org; or \"*\" for all");
        }
        return text;
    }

    private static String token(String text) {
        if (!text.matches(HandlerReader.TOKEN)) {
            throw new IllegalArgumentException("the name of a header field is allowed");
        }
        return text;
    }

    private Optional<WebConfig.BasicAuth> users(Section section) {
        return section.section("basic-auth").flatMap(users -> {
            Optional<Path> file = users.required("file", "file: users.htpasswd").flatMap(text -> users.value("file", given -> {
                Path path = users.toPath(given);
                rules.passwords(path);
                return path;
            }));
            String realm = users.value("realm", HandlerReader::fieldValue).orElse("Loomgate");
            users.finish();
            return file.map(path -> new WebConfig.BasicAuth(path, realm));
        });
    }

    private static Optional<WebConfig.ErrorPages> errorPages(Section section) {
        return section.section("error-pages").map(errors -> {
            var pages = new LinkedHashMap<Integer, Path>();
            errors.map("pages", text -> {
                Path page = errors.toPath(text);
                if (!Files.isRegularFile(page)) {
                    throw new IllegalArgumentException(page + " is no file");
                }
                return page;
            }).forEach((status, page) -> {
                if (status.matches("[45](xx|[0-9]{2})")) {
                    pages.put(Integer.valueOf(status.replace("xx", "")), page);
                } else {
                    errors.problem("pages", "found '" + status + "'; a status from 400 to 599, 4xx or 5xx is allowed");
                }
            });
            WebConfig.ErrorPages.Details details = errors.value("development", WebReader::details)
                    .orElse(WebConfig.ErrorPages.Details.NOBODY);
            errors.finish();
            return new WebConfig.ErrorPages(pages, details);
        });
    }

    private static WebConfig.ErrorPages.Details details(String text) {
        return switch (text) {
            case "false" -> WebConfig.ErrorPages.Details.NOBODY;
            case "true" -> WebConfig.ErrorPages.Details.THIS_MACHINE;
            case "everyone" -> WebConfig.ErrorPages.Details.EVERYONE;
            default -> throw new IllegalArgumentException("true, for clients on this machine, false and everyone are allowed");
        };
    }
}
