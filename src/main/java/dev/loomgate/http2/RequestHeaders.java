package dev.loomgate.http2;

import java.util.Arrays;

import dev.loomgate.http.ReceivedHeaders;
import io.helidon.http.HeaderName;

/**
 * Header fields of a request: they stand in a short array, where Helidon's own keeps a slot for each of its hundred known names. For
 * one thread.
 */
final class RequestHeaders extends ReceivedHeaders {
    private HeaderName[] names = new HeaderName[8];
    private String[] values = new String[8];
    private int count;

    void add(HeaderName name, String value) {
        if (count == names.length) {
            names = Arrays.copyOf(names, count * 2);
            values = Arrays.copyOf(values, count * 2);
        }
        names[count] = name;
        values[count++] = value;
    }

    @Override
    protected int count() {
        return count;
    }

    @Override
    protected int indexOf(HeaderName name, int from) {
        for (int i = from; i < count; i++) {
            if (names[i] == name || names[i].equals(name)) {
                return i;
            }
        }
        return -1;
    }

    @Override
    protected HeaderName nameOf(int i) {
        return names[i];
    }

    @Override
    protected String valueOf(int i) {
        return values[i];
    }
}
