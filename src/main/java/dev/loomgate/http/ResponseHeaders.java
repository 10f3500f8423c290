package dev.loomgate.http;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.function.Supplier;

import io.helidon.http.Header;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Headers;
import io.helidon.http.HttpMediaType;
import io.helidon.http.ServerResponseHeaders;
import io.helidon.http.SetCookie;

/**
 * Header fields of a response, in the order in which they were set: a response has few, so they stand in a short array, where
 * Helidon's own keeps a slot for each of its hundred known names. For one thread.
 */
public final class ResponseHeaders implements ServerResponseHeaders {
    private Header[] fields = new Header[6];
    private int count;

    private int indexOf(HeaderName name) {
        for (int i = 0; i < count; i++) {
            HeaderName held = fields[i].headerName();
            if (held == name || held.equals(name)) {
                return i;
            }
        }
        return -1;
    }

    @Override
    public ServerResponseHeaders set(Header header) {
        int at = indexOf(header.headerName());
        if (at >= 0) {
            fields[at] = header;
        } else {
            append(header);
        }
        return this;
    }

    private void append(Header header) {
        if (count == fields.length) {
            fields = Arrays.copyOf(fields, count * 2);
        }
        fields[count++] = header;
    }

    @Override
    public ServerResponseHeaders setIfAbsent(Header header) {
        if (indexOf(header.headerName()) < 0) {
            append(header);
        }
        return this;
    }

    @Override
    public ServerResponseHeaders add(Header header) {
        int at = indexOf(header.headerName());
        if (at < 0) {
            append(header);
        } else {
            var values = new ArrayList<>(fields[at].allValues());
            values.addAll(header.allValues());
            fields[at] = HeaderValues.create(header.headerName(), values.toArray(String[]::new));
        }
        return this;
    }

    @Override
    public ServerResponseHeaders remove(HeaderName name) {
        return remove(name, removed -> { });
    }

    @Override
    public ServerResponseHeaders remove(HeaderName name, Consumer<Header> removedConsumer) {
        int at = indexOf(name);
        if (at >= 0) {
            Header removed = fields[at];
            System.arraycopy(fields, at + 1, fields, at, count - at - 1);
            fields[--count] = null;
            removedConsumer.accept(removed);
        }
        return this;
    }

    @Override
    public ServerResponseHeaders clear() {
        Arrays.fill(fields, 0, count, null);
        count = 0;
        return this;
    }

    @Override
    public ServerResponseHeaders from(Headers headers) {
        headers.forEach(this::set);
        return this;
    }

    @Override
    public ServerResponseHeaders addCookie(SetCookie cookie) {
        return add(HeaderValues.create(HeaderNames.SET_COOKIE, cookie.toString()));
    }

    @Override
    public ServerResponseHeaders clearCookie(String name) {
        return clearCookie(SetCookie.create(name, ""));
    }

    /** Has the client forget a cookie (RFC 6265 section 3.1): one of the same name that expires at once takes its place. */
    @Override
    public ServerResponseHeaders clearCookie(SetCookie cookie) {
        String prefix = cookie.name() + "=";
        List<String> others = all(HeaderNames.SET_COOKIE, List::of).stream().filter(held -> !held.startsWith(prefix)).toList();
        remove(HeaderNames.SET_COOKIE);
        others.forEach(held -> add(HeaderValues.create(HeaderNames.SET_COOKIE, held)));
        return addCookie(SetCookie.builder(cookie).maxAge(Duration.ZERO).build());
    }

    @Override
    public List<String> all(HeaderName name, Supplier<List<String>> defaultSupplier) {
        int at = indexOf(name);
        return at < 0 ? defaultSupplier.get() : fields[at].allValues();
    }

    @Override
    public boolean contains(HeaderName name) {
        return indexOf(name) >= 0;
    }

    @Override
    public boolean contains(Header value) {
        int at = indexOf(value.headerName());
        return at >= 0 && fields[at].allValues().equals(value.allValues());
    }

    @Override
    public Header get(HeaderName name) {
        int at = indexOf(name);
        if (at < 0) {
            throw new NoSuchElementException("the response has no header field " + name.defaultCase());
        }
        return fields[at];
    }

    /** {@inheritDoc} Helidon's own way looks a mapper up in its service registry, each time. */
    @Override
    public OptionalLong contentLength() {
        int at = indexOf(HeaderNames.CONTENT_LENGTH);
        return at < 0 ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(fields[at].get()));
    }

    @Override
    public int size() {
        return count;
    }

    /** Field at an index from 0 to {@link #size} - 1. */
    public Header at(int index) {
        return fields[index];
    }

    @Override
    public List<HttpMediaType> acceptedTypes() {
        return List.of();
    }

    @Override
    public Iterator<Header> iterator() {
        // of a copy: who iterates may set fields meanwhile
        return List.of(Arrays.copyOf(fields, count)).iterator();
    }

    @Override
    public String toString() {
        return Arrays.toString(Arrays.copyOf(fields, count));
    }
}
