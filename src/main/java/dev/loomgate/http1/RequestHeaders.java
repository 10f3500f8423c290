package dev.loomgate.http1;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

import dev.loomgate.http.Octets;
import dev.loomgate.http.ReceivedHeaders;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;

/** Header fields of a request as they stand on the wire. Values are ISO-8859-1, byte for byte. For one thread. */
final class RequestHeaders extends ReceivedHeaders {
    private static final int SPAN = 4;

    private final byte[] bytes;
    private final int base;
    private int[] spans = new int[SPAN * 8];
    private HeaderName[] names = new HeaderName[8];
    private int count;

    /** @param bytes holds the fields and is not changed; @param base index that the spans added are relative to */
    RequestHeaders(byte[] bytes, int base) {
        this.bytes = bytes;
        this.base = base;
    }

    void add(HeaderName known, int nameStart, int nameEnd, int valueStart, int valueEnd) {
        if (count == names.length) {
            names = Arrays.copyOf(names, count * 2);
            spans = Arrays.copyOf(spans, count * 2 * SPAN);
        }
        int at = count * SPAN;
        spans[at] = nameStart - base;
        spans[at + 1] = nameEnd - base;
        spans[at + 2] = valueStart - base;
        spans[at + 3] = valueEnd - base;
        names[count++] = known;
    }

    @Override
    protected int count() {
        return count;
    }

    @Override
    protected int indexOf(HeaderName name, int from) {
        boolean known = name.index() >= 0;
        for (int i = from; i < count; i++) {
            if (names[i] == name || !known && matches(i, name)) {
                return i;
            }
        }
        return known ? indexOfSpelled(name, from) : -1;
    }

    private int indexOfSpelled(HeaderName name, int from) {
        for (int i = from; i < count; i++) {
            if (names[i] == null && matches(i, name)) {
                return i;
            }
        }
        return -1;
    }

    private boolean matches(int i, HeaderName name) {
        if (names[i] != null) {
            return names[i].equals(name);
        }
        String wanted = name.lowerCase();
        int start = spans[i * SPAN];
        if (wanted.length() != spans[i * SPAN + 1] - start) {
            return false;
        }
        for (int at = 0; at < wanted.length(); at++) {
            if (Octets.lower(bytes[start + at]) != wanted.charAt(at)) {
                return false;
            }
        }
        return true;
    }

    @Override
    protected HeaderName nameOf(int i) {
        if (names[i] == null) {
            int start = spans[i * SPAN];
            names[i] = HeaderNames.create(new String(bytes, start, spans[i * SPAN + 1] - start, StandardCharsets.ISO_8859_1));
        }
        return names[i];
    }

    @Override
    protected String valueOf(int i) {
        int start = spans[i * SPAN + 2];
        return new String(bytes, start, spans[i * SPAN + 3] - start, StandardCharsets.ISO_8859_1);
    }
}
