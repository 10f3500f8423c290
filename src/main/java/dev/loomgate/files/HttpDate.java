package dev.loomgate.files;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.OptionalLong;

import io.helidon.http.DateTime;

/** Dates of HTTP (RFC 9110 section 5.6.7). */
final class HttpDate {
    /** Unlike the JDK's {@code RFC_1123_DATE_TIME} it writes the day of the month with two digits. */
    private static final DateTimeFormatter IMF_FIXDATE =
            DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ROOT).withZone(ZoneOffset.UTC);

    private HttpDate() {
    }

    /** Writes a time, given in seconds since the epoch. */
    static String format(long seconds) {
        return IMF_FIXDATE.format(Instant.ofEpochSecond(seconds));
    }

    /** Reads any of the three formats; empty if the text is in none, which RFC 9110 section 13.1 asks to ignore. */
    static OptionalLong parse(String text) {
        try {
            return OptionalLong.of(DateTime.parse(text.strip()).toEpochSecond());
        } catch (DateTimeException e) {
            return OptionalLong.empty();
        }
    }
}
