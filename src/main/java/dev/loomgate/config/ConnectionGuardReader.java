package dev.loomgate.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

import dev.loomgate.config.ConnectionGuardConfig.Addresses;
import dev.loomgate.config.ConnectionGuardConfig.Levels;
import dev.loomgate.config.ConnectionGuardConfig.Measure;
import dev.loomgate.config.ConnectionGuardConfig.Probes;
import dev.loomgate.config.ConnectionGuardConfig.Rate;
import dev.loomgate.config.ConnectionGuardConfig.WhenFull;

/** Reads the limits of connections, which stand in {@code guard}. */
final class ConnectionGuardReader {
    private static final int MOST = 10_000_000;
    private static final double PERCENT = 100;
    private static final double HIGHEST_LOAD = 100_000;
    /** Where it goes on if nothing is said, as a part of where it stops. */
    private static final double GO_BELOW = 0.8;

    private final RouteRules rules;

    ConnectionGuardReader(RouteRules rules) {
        this.rules = rules;
    }

    ConnectionGuardConfig read(Section section) {
        ConnectionGuardConfig fallback = ConnectionGuardConfig.DEFAULT;
        return new ConnectionGuardConfig(
                section.value("max-connections", text -> text.equals("auto") ? ConnectionGuardConfig.AUTO : most(text, "auto, "))
                        .orElse(fallback.maxConnections()),
                section.choice("when-full", WhenFull.class, fallback.whenFull()),
                section.time("retry-after", fallback.retryAfter()),
                section.value("max-connections-per-address", text -> most(text, "")).orElse(fallback.maxConnectionsPerAddress()),
                section.flag("fair", fallback.fair()),
                networks(section, "exempt"),
                new Addresses(networks(section, "allow"), networks(section, "deny"), files(section, "allow-files"),
                        files(section, "deny-files")),
                overload(section),
                rate(section, "requests-per-second", ConnectionGuardReader::count),
                rate(section, "bytes-in-per-second", ConnectionGuardReader::bytes),
                rate(section, "bytes-out-per-second", ConnectionGuardReader::bytes),
                section.size("min-body-rate", 0, 1L << 40).orElse(fallback.minBodyRate()),
                section.size("min-response-rate", 0, 1L << 40).orElse(fallback.minResponseRate()),
                section.integer("max-streams", 1, 10_000, fallback.maxStreams()),
                section.section("keep-alive-probes").map(ConnectionGuardReader::probes));
    }

    private static int most(String text, String before) {
        return text.equals("none") ? ConnectionGuardConfig.UNLIMITED
                : (int) number(text, 1, MOST, before + "none, or a number from 1 to " + MOST + " is allowed");
    }

    private static long number(String text, long least, long most, String allowed) {
        try {
            long number = Long.parseLong(text);
            if (number >= least && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(allowed, e);
        }
        throw new IllegalArgumentException(allowed);
    }

    private List<String> networks(Section section, String key) {
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

    private static Map<Measure, Levels> overload(Section section) {
        var levels = new EnumMap<Measure, Levels>(Measure.class);
        put(levels, Measure.LOAD, section, "load", HIGHEST_LOAD);
        section.section("pressure").ifPresent(pressure -> {
            put(levels, Measure.CPU_PRESSURE, pressure, "cpu", PERCENT);
            put(levels, Measure.MEMORY_PRESSURE, pressure, "memory", PERCENT);
            put(levels, Measure.IO_PRESSURE, pressure, "io", PERCENT);
            pressure.finish();
        });
        put(levels, Measure.MEMORY, section, "memory", PERCENT);
        put(levels, Measure.SWAP, section, "swap", PERCENT);
        put(levels, Measure.HEAP, section, "heap", PERCENT);
        return levels;
    }

    private static void put(Map<Measure, Levels> levels, Measure measure, Section parent, String key, double most) {
        parent.section(key).ifPresent(section -> {
            section.required("stop-above", "stop-above: " + (most == PERCENT ? 90 : 8));
            double stop = section.value("stop-above", text -> level(text, most)).orElse(most);
            double go = section.value("go-below", text -> level(text, most)).orElse(GO_BELOW * stop);
            if (go > stop) {
                section.problem("go-below", "found " + go + ", which is more than stop-above, " + stop);
            }
            section.finish();
            levels.put(measure, new Levels(stop, go));
        });
    }

    private static double level(String text, double most) {
        String allowed = "a number from 0 to " + (long) most + " is allowed";
        try {
            double number = Double.parseDouble(text.endsWith("%") ? text.substring(0, text.length() - 1) : text);
            if (number >= 0 && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(allowed, e);
        }
        throw new IllegalArgumentException(allowed);
    }

    private static Rate rate(Section parent, String key, Function<String, Long> parser) {
        return parent.section(key).map(section -> {
            var rate = new Rate(section.value("soft", parser).orElse(Long.MAX_VALUE),
                    section.value("hard", parser).orElse(Long.MAX_VALUE));
            if (!section.has("soft") && !section.has("hard")) {
                section.problem("soft", "soft, hard or both must be there");
            }
            if (section.has("soft") && rate.soft() > rate.hard()) {
                section.problem("soft", "found " + rate.soft() + ", which is more than hard, " + rate.hard());
            }
            section.finish();
            return rate;
        }).orElse(Rate.OFF);
    }

    private static long count(String text) {
        return number(text, 1, MOST, "a number from 1 to " + MOST + " is allowed");
    }

    private static long bytes(String text) {
        long bytes = ByteSize.parse(text);
        if (bytes < 1) {
            throw new IllegalArgumentException("a size above zero is needed");
        }
        return bytes;
    }

    private static Probes probes(Section section) {
        var probes = new Probes(section.value("idle", ConnectionGuardReader::wholeSeconds).orElse(Duration.ofSeconds(60)),
                section.value("interval", ConnectionGuardReader::wholeSeconds).orElse(Duration.ofSeconds(10)),
                section.integer("count", 1, 127, 6));
        section.finish();
        return probes;
    }

    private static Duration wholeSeconds(String text) {
        Duration time = TimeSpan.parse(text);
        if (time.toSeconds() < 1 || time.toSeconds() > Short.MAX_VALUE) {
            throw new IllegalArgumentException("a time from 1s to " + Short.MAX_VALUE + "s is allowed");
        }
        return time;
    }
}
