package dev.loomgate.upstream.http;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * The header of a request, octet by octet as it is going to be written. What would end a line where none is to end is refused,
 * wherever it comes from (RFC 9112 section 11.1). Text is ISO-8859-1. For one thread.
 */
public final class RequestText {
    private byte[] octets = new byte[512];
    private int length;
    private int valueStart;

    /**
     * Begins with the request line.
     *
     * @param target path and query, or an asterisk
     * @throws IllegalArgumentException if the target holds a blank or a control character
     */
    public RequestText(String method, String target) {
        put(method);
        put(" ");
        int start = length;
        put(target);
        for (int i = start; i < length; i++) {
            if (octets[i] <= ' ' && octets[i] >= 0 || octets[i] == 0x7f) {
                throw new IllegalArgumentException("the request target holds a character that is not allowed");
            }
        }
        put(" HTTP/1.1\r\n");
    }

    /**
     * Adds a field.
     *
     * @throws IllegalArgumentException if the name is no token, or the value holds a control character
     */
    public RequestText field(String name, String value) {
        begin(name);
        put(value);
        return end();
    }

    /** Adds a field whose value is a number. */
    public RequestText field(String name, long value) {
        return field(name, Long.toString(value));
    }

    /**
     * Begins a field whose value is put in pieces, until its {@link #end}.
     *
     * @throws IllegalArgumentException if the name is no token
     */
    public RequestText begin(String name) {
        int start = length;
        put(name);
        for (int i = start; i < length; i++) {
            if (!Octets.isToken(octets[i])) {
                throw new IllegalArgumentException("the name of a header field holds a character that is not allowed");
            }
        }
        put(": ");
        valueStart = length;
        return this;
    }

    /** Puts a piece of a value. */
    @SuppressWarnings("deprecation")
    public RequestText put(String text) {
        int count = text.length();
        ensure(count);
        // the deprecated method does what is wanted: it copies the low octet of each character, without an array between
        text.getBytes(0, count, octets, length);
        length += count;
        return this;
    }

    /**
     * Ends a field.
     *
     * @throws IllegalArgumentException if it holds a control character
     */
    public RequestText end() {
        for (int i = valueStart; i < length; i++) {
            if (!Octets.isField(octets[i])) {
                throw new IllegalArgumentException("a header field holds a control character");
            }
        }
        return put("\r\n");
    }

    private void ensure(int count) {
        if (count > octets.length - length) {
            octets = Arrays.copyOf(octets, Math.max(octets.length * 2, length + count));
        }
    }

    /** All of it, the empty line included, and a body, or its beginning, behind it; nothing can be added any more. */
    ByteBuffer whole(byte[] body, int count) {
        put("\r\n");
        ensure(count);
        System.arraycopy(body, 0, octets, length, count);
        return ByteBuffer.wrap(octets, 0, length + count);
    }
}
