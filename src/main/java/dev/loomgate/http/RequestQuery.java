package dev.loomgate.http;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;

import io.helidon.common.mapper.OptionalValue;
import io.helidon.common.mapper.Value;
import io.helidon.common.uri.UriQuery;

/**
 * A query with percent signs that encode nothing, as in {@code discount=100%} or the {@code %u0041} of JavaScript's {@code escape}.
 * RFC 3986 section 2.1 does not allow them, but old pages link so, and other servers hand the query to the program as it came. So
 * does this, where Helidon's own would fail: such a percent sign stands for itself.
 *
 * @param rawValue as it came
 * @param repaired with these percent signs encoded
 */
public record RequestQuery(String rawValue, UriQuery repaired) implements UriQuery {
    /**
     * A query.
     *
     * @param query as it came; null if there is none
     */
    public static UriQuery of(String query) {
        if (query == null) {
            return UriQuery.empty();
        }
        String repaired = query.indexOf('%') < 0 ? query : repaired(query);
        return repaired.length() == query.length() ? UriQuery.create(query) : new RequestQuery(query, UriQuery.create(repaired));
    }

    private static String repaired(String query) {
        byte[] octets = query.getBytes(StandardCharsets.ISO_8859_1);
        var repaired = new StringBuilder(query.length());
        for (int i = 0; i < octets.length; i++) {
            repaired.append((char) (octets[i] & 0xff));
            if (octets[i] == '%' && !(i + 2 < octets.length && Octets.isHex(octets[i + 1]) && Octets.isHex(octets[i + 2]))) {
                repaired.append("25");
            }
        }
        return repaired.toString();
    }

    @Override
    public String value() {
        return repaired.value();
    }

    @Override
    public String getRaw(String name) {
        return repaired.getRaw(name);
    }

    @Override
    public List<String> getAllRaw(String name) {
        return repaired.getAllRaw(name);
    }

    @Override
    public List<String> all(String name) {
        return repaired.all(name);
    }

    @Override
    public List<Value<String>> allValues(String name) {
        return repaired.allValues(name);
    }

    @Override
    public String get(String name) {
        return repaired.get(name);
    }

    @Override
    public OptionalValue<String> first(String name) {
        return repaired.first(name);
    }

    @Override
    public boolean contains(String name) {
        return repaired.contains(name);
    }

    @Override
    public int size() {
        return repaired.size();
    }

    @Override
    public Set<String> names() {
        return repaired.names();
    }

    @Override
    public String component() {
        return repaired.component();
    }

    @Override
    public String toString() {
        return rawValue;
    }
}
