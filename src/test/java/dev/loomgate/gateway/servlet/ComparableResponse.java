package dev.loomgate.gateway.servlet;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeMap;

import dev.loomgate.testing.RawClient.Field;
import dev.loomgate.testing.RawClient.Response;

/**
 * A response in the form in which two are compared.
 *
 * @param header fields by their names in lower case, without those that each server has its own ways with
 */
record ComparableResponse(int status, TreeMap<String, List<String>> header, String body) {
    private static final Set<String> OF_EACH_SERVER = Set.of("date", "connection", "keep-alive", "server",
            "transfer-encoding");

    /** @param port of the server, which may stand in the response */
    static ComparableResponse of(Response response, int port) {
        var header = new TreeMap<String, List<String>>();
        for (Field field : response.headers()) {
            String name = field.name().toLowerCase(Locale.ROOT);
            if (!OF_EACH_SERVER.contains(name)) {
                header.computeIfAbsent(name, n -> new ArrayList<>()).add(neutral(field.value(), port));
            }
        }
        return new ComparableResponse(response.status(), header, neutral(response.body(), port));
    }

    /** A length is the same whether it is said or counted. */
    ComparableResponse withLength(boolean chunkedElsewhere) {
        if (chunkedElsewhere) {
            header.remove("content-length");
        }
        return this;
    }

    private static String neutral(String text, int port) {
        return text.replaceAll("[0-9A-F]{32}", "SESSION").replaceAll("\\b" + port + "\\b", "PORT");
    }
}
