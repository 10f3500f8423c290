package dev.loomgate.web;

import java.util.ArrayList;
import java.util.List;

import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.ServerResponseHeaders;

/** The field that tells caches what a response depends on (RFC 9110 section 12.5.5). */
final class Vary {
    private Vary() {
    }

    /** Adds the name of a request field, unless it is there. */
    static void add(ServerResponseHeaders headers, String name) {
        List<String> values = headers.all(HeaderNames.VARY, List::of);
        for (String value : values) {
            for (String known : value.split(",")) {
                if (known.strip().equals("*") || known.strip().equalsIgnoreCase(name)) {
                    return;
                }
            }
        }
        var all = new ArrayList<>(values);
        all.add(name);
        headers.set(HeaderValues.create(HeaderNames.VARY, String.join(", ", all)));
    }
}
