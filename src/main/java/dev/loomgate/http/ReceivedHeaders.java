package dev.loomgate.http;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Supplier;

import io.helidon.common.parameters.Parameters;
import io.helidon.http.Header;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.HttpMediaType;
import io.helidon.http.ServerRequestHeaders;

/**
 * Header fields of a request in the order in which they came. A field becomes an object when someone asks for it: most requests are
 * answered without looking at most of their fields. For one thread.
 */
public abstract class ReceivedHeaders implements ServerRequestHeaders {
    private Header[] headers;
    private ServerRequestHeaders parsed;

    /** Number of lines that have come. */
    protected abstract int count();

    /** The first line from there on that has this name; -1 for none. */
    protected abstract int indexOf(HeaderName name, int from);

    /** Name of a line. */
    protected abstract HeaderName nameOf(int line);

    /** Value of a line. */
    protected abstract String valueOf(int line);

    private Header header(int first) {
        if (headers == null) {
            headers = new Header[count()];
        } else if (headers.length <= first) {
            headers = Arrays.copyOf(headers, count());
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
    public Optional<String> first(HeaderName name) {
        int first = indexOf(name, 0);
        return first < 0 ? Optional.empty() : Optional.of(valueOf(first));
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
        for (int i = 0; i < count(); i++) {
            size += isFirst(i) ? 1 : 0;
        }
        return size;
    }

    private boolean isFirst(int i) {
        return indexOf(nameOf(i), 0) == i;
    }

    @Override
    public Optional<HttpMediaType> contentType() {
        return parsed().contentType();
    }

    @Override
    public List<HttpMediaType> acceptedTypes() {
        return parsed().acceptedTypes();
    }

    @Override
    public Parameters cookies() {
        return parsed().cookies();
    }

    /** Helidon's reading of what has a form of its own; it is kept there. */
    private ServerRequestHeaders parsed() {
        if (parsed == null) {
            parsed = ServerRequestHeaders.create(this);
        }
        return parsed;
    }

    @Override
    public Iterator<Header> iterator() {
        var all = new ArrayList<Header>(count());
        for (int i = 0; i < count(); i++) {
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
