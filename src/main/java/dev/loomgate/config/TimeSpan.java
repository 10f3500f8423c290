package dev.loomgate.config;

import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations as people write them: {@code 500ms}, {@code 30s}, {@code 5m}, {@code 1h}, {@code 1d}, or {@code PT1M30S}. */
final class TimeSpan {
    /** What {@link #parse} reads, for messages. */
    static final String ALLOWED = "a time such as 500ms, 30s, 5m, 1h, 1d or PT1M30S";
    private static final Duration LONGEST = Duration.ofDays(24);
    private static final Pattern SYNTAX = Pattern.compile("(\\d+)\\s*(ms|s|m|h|d)");

    private TimeSpan() {
    }

    /**
     * Reads a duration of 0 or more. A number other than 0 needs a unit.
     *
     * @throws IllegalArgumentException if the text is not a duration, is negative or longer than 24 days (what fits
     *                                  into milliseconds of 32 bits)
     */
    static Duration parse(String text) {
        Duration duration = read(text.strip().toLowerCase(Locale.ROOT));
        if (duration.isNegative() || duration.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException("a time from 0 to 24d is allowed");
        }
        return duration;
    }

    private static Duration read(String text) {
        if (text.equals("0")) {
            return Duration.ZERO;
        }
        try {
            if (text.startsWith("p")) {
                return Duration.parse(text);
            }
            Matcher matcher = SYNTAX.matcher(text);
            if (matcher.matches()) {
                long number = Long.parseLong(matcher.group(1));
                return switch (matcher.group(2)) {
                    case "ms" -> Duration.ofMillis(number);
                    case "s" -> Duration.ofSeconds(number);
                    case "m" -> Duration.ofMinutes(number);
                    case "h" -> Duration.ofHours(number);
                    default -> Duration.ofDays(number);
                };
            }
        } catch (DateTimeParseException | ArithmeticException | NumberFormatException e) {
            throw new IllegalArgumentException(ALLOWED + " is allowed", e);
        }
        throw new IllegalArgumentException(text.matches("\\d+") ? "the unit is missing: write " + text + "s for seconds, "
                + text + "ms for milliseconds" : ALLOWED + " is allowed");
    }
}
