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
            line.own("{\"time\":\"").raw(clock.iso()).own("\",\"client\":\"")
                    .address(access.client(), "unknown").own("\",\"method\":").json(prologue.method().text())
                    .own(",\"path\":").json(prologue.uriPath().rawPath());
            if (!prologue.query().isEmpty()) {
                line.own(",\"query\":").json(prologue.query().rawValue());
            }
            line.own(",\"protocol\":").json(prologue.rawProtocol()).own(",\"status\":").number(access.statusSeen())
                    .own(",\"bytes\":").number(access.bytes()).own(",\"duration\":").seconds(access.nanos());
            long upstream = access.upstreamNanos();
            if (upstream >= 0) {
                line.own(",\"upstream\":").seconds(upstream);
            }
            String route = access.route();
            if (route != null) {
                line.own(",\"route\":").json(route);
            }
            line.own(",\"request_id\":").json(access.id());
            String trace = access.trace();
            if (!trace.isEmpty()) {
                line.own(",\"trace_id\":\"").own(trace).raw('"');
            }
            field(line, request, HeaderNames.HOST, ",\"host\":");
            field(line, request, HeaderNames.REFERER, ",\"referer\":");
            field(line, request, HeaderNames.USER_AGENT, ",\"user_agent\":");
            line.own("}\n");
        }

        private void field(LogLine line, ServerRequest request, HeaderName name, String key) {
            if (request.headers().contains(name)) {
                line.own(key).json(request.headers().get(name).get());
            }
        }
    };

    private static final byte[] NO_USER = " - - [".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] DURATION = " duration=".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] UPSTREAM = " upstream=".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] ROUTE = " route=\"".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] REQUEST = "\" request=\"".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] TRACE = "\" trace=".getBytes(StandardCharsets.US_ASCII);

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
        line.raw(' ').raw('"');
        if (headers.contains(name)) {
            line.quoted(headers.get(name).get());
        } else {
            line.raw('-');
        }
        line.raw('"');
    }

    /** The time in the forms of the formats, formed anew when it has changed. For one thread at a time. */
    static final class Clock {
        private static final DateTimeFormatter COMMON = DateTimeFormatter.ofPattern("dd/MMM/yyyy:HH:mm:ss Z", Locale.ROOT);
        private static final int MILLIS = 1_000;

        private final ZoneId zone = ZoneId.systemDefault();
        private long millis;
        private long second = Long.MIN_VALUE;
        private byte[] common;
        private byte[] iso;

        /** Reads the time. */
        void tick() {
            millis = System.currentTimeMillis();
            if (millis / MILLIS != second) {
                second = millis / MILLIS;
                Instant now = Instant.ofEpochSecond(second);
                common = COMMON.format(now.atZone(zone)).getBytes(StandardCharsets.US_ASCII);
                iso = (now.toString().substring(0, 19) + ".000Z").getBytes(StandardCharsets.US_ASCII);
            }
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
