package dev.loomgate.web;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import io.helidon.http.Header;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.ServerResponseHeaders;
import io.helidon.webserver.http.ServerResponse;

/**
 * Fields that go with every response, errors included. What a handler has set itself stays: it knows better. Immutable.
 */
public final class ResponseFields {
    private final List<Header> fields;
    private final List<Header> replaced;

    private ResponseFields(List<Header> fields, List<Header> replaced) {
        this.fields = fields;
        this.replaced = replaced;
    }

    /**
     * Fields by name.
     *
     * @param fields   the fields
     * @param replaced what the whole server sets, which these take the place of
     * @return null if there are none
     */
    public static ResponseFields of(Map<String, String> fields, Map<String, String> replaced) {
        return fields.isEmpty() ? null : new ResponseFields(headers(fields), headers(replaced));
    }

    private static List<Header> headers(Map<String, String> fields) {
        var headers = new ArrayList<Header>();
        fields.forEach((name, value) -> headers.add(HeaderValues.createCached(HeaderNames.create(name), value)));
        return List.copyOf(headers);
    }

    void addTo(ServerResponse response) {
        response.beforeSend(() -> {
            ServerResponseHeaders headers = response.headers();
            for (Header field : fields) {
                if (!headers.contains(field.headerName()) || isReplaced(headers, field.headerName())) {
                    headers.set(field);
                }
            }
        });
    }

    private boolean isReplaced(ServerResponseHeaders headers, HeaderName name) {
        for (Header one : replaced) {
            if (one.headerName().equals(name) && headers.contains(one)) {
                return true;
            }
        }
        return false;
    }
}
