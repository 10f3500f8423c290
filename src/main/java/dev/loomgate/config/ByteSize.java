package dev.loomgate.config;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Sizes as people write them: {@code 512}, {@code 64k}, {@code 10m}, {@code 1g}, {@code 2t}; a k is 1024 bytes. */
final class ByteSize {
    /** What {@link #parse} reads, for messages. */
    static final String ALLOWED = "a size such as 512, 64k, 10m or 1g";
    private static final Pattern SYNTAX = Pattern.compile("(\\d+)\\s*([kmgt]?)(?:i?b)?");

    private ByteSize() {
    }

    /**
     * Reads a size. A unit is k, m, g or t in either case; {@code b} or {@code ib} may follow (IEC 80000-13: 64KiB).
     *
     * @return bytes
     * @throws IllegalArgumentException if the text is not a size, or is one of 8 exbibytes or more
     */
    static long parse(String text) {
        Matcher matcher = SYNTAX.matcher(text.strip().toLowerCase(Locale.ROOT));
        if (!matcher.matches()) {
            throw new IllegalArgumentException(ALLOWED + " is allowed");
        }
        int shift = matcher.group(2).isEmpty() ? 0 : 10 * (1 + "kmgt".indexOf(matcher.group(2)));
        try {
            return Math.multiplyExact(Long.parseLong(matcher.group(1)), 1L << shift);
        } catch (ArithmeticException | NumberFormatException e) {
            throw new IllegalArgumentException("that is more bytes than any computer has", e);
        }
    }

    /** The shortest text that {@link #parse} reads back as this number. */
    static String format(long bytes) {
        int unit = bytes == 0 ? 0 : Math.min(4, Long.numberOfTrailingZeros(bytes) / 10);
        return (bytes >> 10 * unit) + (unit == 0 ? "" : "kmgt".substring(unit - 1, unit));
    }
}
