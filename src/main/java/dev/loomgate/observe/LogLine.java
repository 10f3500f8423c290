package dev.loomgate.observe;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Bytes of log lines, written one after the other. For one thread at a time. */
final class LogLine {
    private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
    /** What is longer is cut: a log is not the place for a whole header. */
    private static final int LONGEST_TEXT = 4096;
    /** Characters that can stand in a quoted text as they are. */
    private static final boolean[] PLAIN = plain();

    private byte[] bytes;
    private int length;

    LogLine(int capacity) {
        this.bytes = new byte[capacity];
    }

    private static boolean[] plain() {
        var plain = new boolean[128];
        Arrays.fill(plain, ' ', 127, true);
        plain['"'] = false;
        plain['\\'] = false;
        return plain;
    }

    byte[] bytes() {
        return bytes;
    }

    int length() {
        return length;
    }

    void clear() {
        length = 0;
    }

    private void room(int count) {
        if (bytes.length - length < count) {
            bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + count));
        }
    }

    LogLine raw(byte[] more) {
        room(more.length);
        System.arraycopy(more, 0, bytes, length, more.length);
        length += more.length;
        return this;
    }

    LogLine raw(char octet) {
        room(1);
        bytes[length++] = (byte) octet;
        return this;
    }

    /** A text from the server's own code: ASCII, nothing to escape. */
    LogLine own(String text) {
        int count = text.length();
        room(count);
        for (int i = 0; i < count; i++) {
            bytes[length++] = (byte) text.charAt(i);
        }
        return this;
    }

    /** A text that may come from a client, between quotes that the caller writes: what could end the line is {@code \x0a}. */
    LogLine quoted(String text) {
        int count = Math.min(text.length(), LONGEST_TEXT);
        room(count * 4);
        for (int i = 0; i < count; i++) {
            char c = text.charAt(i);
            if (c < 128 && PLAIN[c]) {
                bytes[length++] = (byte) c;
            } else if (c < 256) {
                hex('x', c);
            } else {
                // header fields and paths are octets; this is what something of ours made of them
                bytes[length++] = '?';
            }
        }
        return this;
    }

    /** The same for JSON, with the quotes (RFC 8259 section 7). */
    LogLine json(String text) {
        int count = Math.min(text.length(), LONGEST_TEXT);
        room(count * 6 + 2);
        bytes[length++] = '"';
        for (int i = 0; i < count; i++) {
            char c = text.charAt(i);
            if (c < 128 && PLAIN[c]) {
                bytes[length++] = (byte) c;
            } else if (c == '"' || c == '\\') {
                bytes[length++] = '\\';
                bytes[length++] = (byte) c;
            } else {
                bytes[length++] = '\\';
                bytes[length++] = 'u';
                bytes[length++] = HEX[c >> 12];
                bytes[length++] = HEX[c >> 8 & 15];
                bytes[length++] = HEX[c >> 4 & 15];
                bytes[length++] = HEX[c & 15];
            }
        }
        bytes[length++] = '"';
        return this;
    }

    private void hex(char kind, char octet) {
        bytes[length++] = '\\';
        bytes[length++] = (byte) kind;
        bytes[length++] = HEX[octet >> 4 & 15];
        bytes[length++] = HEX[octet & 15];
    }

    LogLine number(long number) {
        room(20);
        if (number < 0) {
            return own(Long.toString(number));
        }
        int digits = 1;
        for (long bound = 10; number >= bound && digits < 19; bound *= 10) {
            digits++;
        }
        long rest = number;
        for (int i = length + digits - 1; i >= length; i--) {
            bytes[i] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
        length += digits;
        return this;
    }

    /** Nanoseconds as seconds with six digits behind the point. */
    LogLine seconds(long nanos) {
        long micros = nanos / 1_000;
        number(micros / 1_000_000).raw('.');
        room(6);
        long rest = micros % 1_000_000;
        for (int i = length + 5; i >= length; i--) {
            bytes[i] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
        length += 6;
        return this;
    }

    /** An address without its port. */
    LogLine address(SocketAddress address, String fallback) {
        InetAddress host = address instanceof InetSocketAddress inet ? inet.getAddress() : null;
        if (host instanceof Inet4Address) {
            byte[] octets = host.getAddress();
            return number(octets[0] & 255).raw('.').number(octets[1] & 255).raw('.').number(octets[2] & 255).raw('.')
                    .number(octets[3] & 255);
        }
        return own(host == null ? fallback : host.getHostAddress());
    }
}
