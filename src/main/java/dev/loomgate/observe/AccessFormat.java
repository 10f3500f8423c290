package dev.loomgate.observe;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.HttpPrologue;
import io.helidon.http.ServerRequestHeaders;
import io.helidon.webserver.http.ServerRequest;

/** How a line of the access log looks. Safe for use by many threads. */
public enum AccessFormat {
    /** The combined log format of Apache httpd and nginx, to the letter: what every analyser reads. */
    COMBINED {
        @Override
        void write(LogLine line, Access access, Clock clock) {
            combined(line, access, clock);
            line.raw('\n');
        }
    },
    /** Combined, and behind it what combined has no place for, as {@code key=value}. */
    EXTENDED {
        @Override
        void write(LogLine line, Access access, Clock clock) {
            combined(line, access, clock);
            line.raw(DURATION).seconds(access.nanos()).raw(UPSTREAM);
            long upstream = access.upstreamNanos();
            if (upstream < 0) {
                line.raw('-');
            } else {
                line.seconds(upstream);
            }
            String route = access.route();
            String trace = access.trace();
            line.raw(ROUTE).quoted(route == null ? "-" : route).raw(REQUEST).quoted(access.id())
                    .raw(TRACE).own(trace.isEmpty() ? "-" : trace).raw('\n');
        }
    },
    /** An object a line, with everything. */
    JSON {
        @Override
        void write(LogLine line, Access access, Clock clock) {
            ServerRequest request = access.request();
            HttpPrologue prologue = request.prologue();
            line.raw(Keys.TIME).raw(clock.iso()).raw(Keys.CLIENT).address(access.client(), "unknown")
                    .raw(Keys.METHOD).json(prologue.method().text()).raw(Keys.PATH).json(prologue.uriPath().rawPath());
            if (!prologue.query().isEmpty()) {
                line.raw(Keys.QUERY).json(prologue.query().rawValue());
            }
            line.raw(Keys.PROTOCOL).json(prologue.rawProtocol()).raw(Keys.STATUS).number(access.statusSeen())
                    .raw(Keys.BYTES).number(access.bytes()).raw(Keys.DURATION).seconds(access.nanos());
            long upstream = access.upstreamNanos();
            if (upstream >= 0) {
                line.raw(Keys.UPSTREAM).seconds(upstream);
            }
            String route = access.route();
            if (route != null) {
                line.raw(Keys.ROUTE).json(route);
            }
            line.raw(Keys.REQUEST_ID).json(access.id());
            String trace = access.trace();
            if (!trace.isEmpty()) {
                line.raw(Keys.TRACE_ID).json(trace);
            }
            ServerRequestHeaders headers = request.headers();
            field(line, headers, HeaderNames.HOST, Keys.HOST);
            field(line, headers, HeaderNames.REFERER, Keys.REFERER);
            field(line, headers, HeaderNames.USER_AGENT, Keys.USER_AGENT);
            line.raw(Keys.END);
        }

        private static void field(LogLine line, ServerRequestHeaders headers, HeaderName name, byte[] key) {
            String value = headers.first(name).orElse(null);
            if (value != null) {
                line.raw(key).json(value);
            }
        }
    };

    private static final byte[] NO_USER = octets(" - - [");
    private static final byte[] DURATION = octets(" duration=");
    private static final byte[] UPSTREAM = octets(" upstream=");
    private static final byte[] ROUTE = octets(" route=\"");
    private static final byte[] REQUEST = octets("\" request=\"");
    private static final byte[] TRACE = octets("\" trace=");

    /** What stands between the values of an object: octets, which are copied faster than characters. */
    private static final class Keys {
        private static final byte[] TIME = octets("{\"time\":\"");
        private static final byte[] CLIENT = octets("\",\"client\":\"");
        private static final byte[] METHOD = octets("\",\"method\":");
        private static final byte[] PATH = octets(",\"path\":");
        private static final byte[] QUERY = octets(",\"query\":");
        private static final byte[] PROTOCOL = octets(",\"protocol\":");
        private static final byte[] STATUS = octets(",\"status\":");
        private static final byte[] BYTES = octets(",\"bytes\":");
        private static final byte[] DURATION = octets(",\"duration\":");
        private static final byte[] UPSTREAM = octets(",\"upstream\":");
        private static final byte[] ROUTE = octets(",\"route\":");
        private static final byte[] REQUEST_ID = octets(",\"request_id\":");
        private static final byte[] TRACE_ID = octets(",\"trace_id\":");
        private static final byte[] HOST = octets(",\"host\":");
        private static final byte[] REFERER = octets(",\"referer\":");
        private static final byte[] USER_AGENT = octets(",\"user_agent\":");
        private static final byte[] END = octets("}\n");
    }

    private static byte[] octets(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    abstract void write(LogLine line, Access access, Clock clock);

    private static void combined(LogLine line, Access access, Clock clock) {
        HttpPrologue prologue = access.request().prologue();
        line.address(access.client(), "unknown").raw(NO_USER).raw(clock.common()).raw(']').raw(' ').raw('"')
                .quoted(prologue.method().text()).raw(' ').quoted(prologue.uriPath().rawPath());
        if (!prologue.query().isEmpty()) {
            line.raw('?').quoted(prologue.query().rawValue());
        }
        line.raw(' ').quoted(prologue.rawProtocol()).raw('"').raw(' ').number(access.statusSeen()).raw(' ').number(access.bytes());
        ServerRequestHeaders headers = access.request().headers();
        field(line, headers, HeaderNames.REFERER);
        field(line, headers, HeaderNames.USER_AGENT);
    }

    private static void field(LogLine line, ServerRequestHeaders headers, HeaderName name) {
        line.raw(' ').raw('"').quoted(headers.first(name).orElse("-")).raw('"');
    }

    /**
     * The time in the forms of the formats, formed anew each second. The clock of the day is looked at that often only, as in between
     * the one by which requests are timed will do. For one thread at a time.
     */
    static final class Clock {
        private static final DateTimeFormatter COMMON = DateTimeFormatter.ofPattern("dd/MMM/yyyy:HH:mm:ss Z", Locale.ROOT);
        private static final int MILLIS = 1_000;
        private static final long NANOS = 1_000_000;

        private final ZoneId zone = ZoneId.systemDefault();
        /** When the clock of the day was looked at, by {@link System#nanoTime}, and what it said. */
        private long lookedAt;
        private long looked;
        /** How long that is good for: to the end of its second, in nanoseconds. */
        private long good;
        private long millis;
        private byte[] common;
        private byte[] iso;

        /** Goes to a moment, by {@link System#nanoTime}; one before the last is taken for that. */
        void tick(long now) {
            long since = Math.max(0, now - lookedAt);
            if (since >= good) {
                lookedAt = now;
                looked = System.currentTimeMillis();
                good = (MILLIS - looked % MILLIS) * NANOS;
                since = 0;
                Instant second = Instant.ofEpochSecond(looked / MILLIS);
                common = COMMON.format(second.atZone(zone)).getBytes(StandardCharsets.US_ASCII);
                iso = (second.toString().substring(0, 19) + ".000Z").getBytes(StandardCharsets.US_ASCII);
            }
            millis = looked + since / NANOS;
        }

        private byte[] common() {
            return common;
        }

        /** UTC, with milliseconds. */
        private byte[] iso() {
            int rest = (int) (millis % MILLIS);
            iso[20] = (byte) ('0' + rest / 100);
            iso[21] = (byte) ('0' + rest / 10 % 10);
            iso[22] = (byte) ('0' + rest % 10);
            return iso;
        }
    }
}
