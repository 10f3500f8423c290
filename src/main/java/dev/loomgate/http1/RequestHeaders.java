package dev.loomgate.http1;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.OptionalLong;
import java.util.function.Supplier;

import dev.loomgate.http.Octets;
import io.helidon.http.Header;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Headers;
import io.helidon.http.HttpMediaType;

/**
 * Header fields of a request as they stand on the wire. A field becomes an object when someone asks for it: most requests are
 * answered without looking at most of their fields. Values are ISO-8859-1, byte for byte. For one thread.
 */
final class RequestHeaders implements Headers {
    private static final int SPAN = 4;

    private final byte[] bytes;
    private final int base;
    private int[] spans = new int[SPAN * 8];
    private HeaderName[] names = new HeaderName[8];
    private Header[] headers;
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

    private int indexOf(HeaderName name, int from) {
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

    private HeaderName nameOf(int i) {
        if (names[i] == null) {
            int start = spans[i * SPAN];
            names[i] = HeaderNames.create(new String(bytes, start, spans[i * SPAN + 1] - start, StandardCharsets.ISO_8859_1));
        }
        return names[i];
    }

    private String valueOf(int i) {
        int start = spans[i * SPAN + 2];
        return new String(bytes, start, spans[i * SPAN + 3] - start, StandardCharsets.ISO_8859_1);
    }

    private Header header(int first) {
        if (headers == null) {
            headers = new Header[names.length];
        }
        if (headers[first] == null) {
            HeaderName name = nameOf(first);
            int next = indexOf(name, first + 1);
            headers[first] = next < 0 ? HeaderValues.create(name, valueOf(first)) : HeaderValues.create(name, values(first));
        }
        return headers[first];
    }

    private String[] values(int first) {
        HeaderName name = nameOf(first);
        var values = new ArrayList<String>();
        for (int i = first; i >= 0; i = indexOf(name, i + 1)) {
            values.add(valueOf(i));
        }
        return values.toArray(String[]::new);
    }

    @Override
    public List<String> all(HeaderName name, Supplier<List<String>> defaultSupplier) {
        int first = indexOf(name, 0);
        return first < 0 ? defaultSupplier.get() : header(first).allValues();
    }

    @Override
    public boolean contains(HeaderName name) {
        return indexOf(name, 0) >= 0;
    }

    @Override
    public boolean contains(Header value) {
        int first = indexOf(value.headerName(), 0);
        return first >= 0 && header(first).allValues().equals(value.allValues());
    }

    @Override
    public Header get(HeaderName name) {
        int first = indexOf(name, 0);
        if (first < 0) {
            throw new NoSuchElementException("the request has no header field " + name.defaultCase());
        }
        return header(first);
    }

    /** {@inheritDoc} Helidon's own way looks a mapper up in its service registry, each time. */
    @Override
    public OptionalLong contentLength() {
        int first = indexOf(HeaderNames.CONTENT_LENGTH, 0);
        return first < 0 ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(valueOf(first)));
    }

    @Override
    public int size() {
        int size = 0;
        for (int i = 0; i < count; i++) {
            size += isFirst(i) ? 1 : 0;
        }
        return size;
    }

    private boolean isFirst(int i) {
        return indexOf(nameOf(i), 0) == i;
    }

    @Override
    public List<HttpMediaType> acceptedTypes() {
        var types = new ArrayList<HttpMediaType>();
        for (String value : values(HeaderNames.ACCEPT)) {
            types.add(HttpMediaType.create(value));
        }
        Collections.sort(types);
        return types;
    }

    @Override
    public Iterator<Header> iterator() {
        var all = new ArrayList<Header>(count);
        for (int i = 0; i < count; i++) {
            if (isFirst(i)) {
                all.add(header(i));
            }
        }
        return all.iterator();
    }

    @Override
    public String toString() {
        var text = new StringBuilder();
        forEach(header -> text.append(header.name()).append(": ").append(header.values()).append('\n'));
        return text.toString();
    }
}
