package dev.loomgate.http2;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.OptionalLong;
import java.util.function.Supplier;

import io.helidon.http.Header;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Headers;
import io.helidon.http.HttpMediaType;

/**
 * Header fields of a request, in the order in which they came: they stand in a short array, where Helidon's own keeps a slot for
 * each of its hundred known names, and become objects when someone asks for them. For one thread.
 */
final class RequestHeaders implements Headers {
    private HeaderName[] names = new HeaderName[8];
    private String[] values = new String[8];
    private Header[] headers;
    private int count;

    void add(HeaderName name, String value) {
        if (count == names.length) {
            names = Arrays.copyOf(names, count * 2);
            values = Arrays.copyOf(values, count * 2);
        }
        names[count] = name;
        values[count++] = value;
    }

    private int indexOf(HeaderName name, int from) {
        for (int i = from; i < count; i++) {
            if (names[i] == name || names[i].equals(name)) {
                return i;
            }
        }
        return -1;
    }

    private Header header(int first) {
        if (headers == null) {
            headers = new Header[names.length];
        }
        if (headers[first] == null) {
            int next = indexOf(names[first], first + 1);
            headers[first] = next < 0 ? HeaderValues.create(names[first], values[first])
                    : HeaderValues.create(names[first], values(first));
        }
        return headers[first];
    }

    private String[] values(int first) {
        var all = new ArrayList<String>();
        for (int i = first; i >= 0; i = indexOf(names[first], i + 1)) {
            all.add(values[i]);
        }
        return all.toArray(String[]::new);
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
        return first < 0 ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(values[first]));
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
        return indexOf(names[i], 0) == i;
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
