package dev.loomgate.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Reads the limits of requests, which a route and {@code guard} may have. */
final class RequestLimitsReader {
    private static final int MOST = 1_000_000;
    private static final List<String> PERIODS = List.of("second", "minute", "hour", "day");

    private final RouteRules rules;

    RequestLimitsReader(RouteRules rules) {
        this.rules = rules;
    }

    /** The limits of a route. */
    RequestLimitsConfig ofRoute(Section section) {
        return new RequestLimitsConfig(concurrency(section), rate(section), section.time("request-timeout", false),
                networks(section, "allow"), files(section, "allow-files"), networks(section, "deny"),
                files(section, "deny-files"));
    }

    /** The limits of all requests together; who may connect at all is read elsewhere. */
    RequestLimitsConfig ofGuard(Section section) {
        return new RequestLimitsConfig(concurrency(section), rate(section), section.time("request-timeout", false), List.of(),
                List.of(), List.of(), List.of());
    }

    /** A list of networks in CIDR notation. */
    List<String> networks(Section section, String key) {
        return section.list(key, List.of(), text -> {
            rules.network(text);
            return text;
        });
    }

    private List<Path> files(Section section, String key) {
        return section.list(key, List.of(), text -> {
            Path file = section.toPath(text);
            rules.networksFile(file);
            return file;
        });
    }

    /** The proxies that are trusted, of {@code guard}. */
    TrustedProxiesConfig trustedProxies(Section section) {
        TrustedProxiesConfig.Field fallback = TrustedProxiesConfig.NONE.field();
        var proxies = new TrustedProxiesConfig(networks(section, "trusted-proxies"),
                section.value("forwarded-field", RequestLimitsReader::field).orElse(fallback));
        if (section.has("forwarded-field") && !section.has("trusted-proxies")) {
            section.problem("forwarded-field", "has no meaning without trusted-proxies, as in trusted-proxies: [10.0.0.7]");
        }
        return proxies;
    }

    private static TrustedProxiesConfig.Field field(String text) {
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "x-forwarded-for" -> TrustedProxiesConfig.Field.X_FORWARDED_FOR;
            case "forwarded" -> TrustedProxiesConfig.Field.FORWARDED;
            case "none" -> TrustedProxiesConfig.Field.NONE;
            default -> throw new IllegalArgumentException(Spelling.hint(text, List.of("X-Forwarded-For", "Forwarded", "none")));
        };
    }

    private Optional<RequestLimitsConfig.Concurrency> concurrency(Section parent) {
        if (!parent.has("concurrent-requests")) {
            return Optional.empty();
        }
        if (!parent.isSection("concurrent-requests")) {
            int limit = parent.integer("concurrent-requests", 1, MOST, 1);
            return Optional.of(new RequestLimitsConfig.Concurrency(new RequestLimitsConfig.Fixed(limit), 0,
                    Duration.ofSeconds(10)));
        }
        Section section = parent.section("concurrent-requests").orElseThrow();
        if (section.has("limit") == section.has("adaptive")) {
            section.problem("limit", "either limit or adaptive must be there, as in limit: 1000");
        }
        Optional<RequestLimitsConfig.Permits> adaptive = section.section("adaptive").map(RequestLimitsReader::adaptive);
        int limit = section.integer("limit", 1, MOST, 1);
        var concurrency = new RequestLimitsConfig.Concurrency(adaptive.orElse(new RequestLimitsConfig.Fixed(limit)),
                section.integer("queue", 0, MOST, 0), section.time("queue-timeout", Duration.ofSeconds(10)));
        section.finish();
        return Optional.of(concurrency);
    }

    private static RequestLimitsConfig.Adaptive adaptive(Section section) {
        int max = section.integer("max", 1, MOST, 1000);
        int min = section.integer("min", 1, MOST, Math.min(20, max));
        if (min > max) {
            section.problem("min", "found " + min + ", which is more than max, " + max);
        }
        var adaptive = new RequestLimitsConfig.Adaptive(min, max, section.time("latency", Duration.ofSeconds(5)));
        section.finish();
        return adaptive;
    }

    private Optional<RequestLimitsConfig.Rate> rate(Section parent) {
        return parent.section("request-rate").map(section -> {
            section.required("rate", "rate: 100");
            int rate = section.integer("rate", 1, MOST, 1);
            var read = new RequestLimitsConfig.Rate(rate, section.value("per", RequestLimitsReader::period)
                    .orElse(Duration.ofSeconds(1)), section.integer("burst", 1, MOST, rate),
                    section.choice("of", RequestLimitsConfig.Of.class, RequestLimitsConfig.Of.CLIENT),
                    networks(section, "exempt"));
            section.finish();
            return read;
        });
    }

    private static Duration period(String text) {
        return switch (text) {
            case "second" -> Duration.ofSeconds(1);
            case "minute" -> Duration.ofMinutes(1);
            case "hour" -> Duration.ofHours(1);
            case "day" -> Duration.ofDays(1);
            default -> throw new IllegalArgumentException(Spelling.hint(text, PERIODS));
        };
    }
}
