package dev.loomgate.gateway;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** RFC 3875 section 4.4: a query that is no form may become the arguments of a script. */
public final class QueryArguments {
    private QueryArguments() {
    }

    /**
     * The words of a query that are separated by plus signs, decoded: all of them or, if one can't be an argument, none.
     *
     * @param method the request's method; only GET and HEAD have such queries
     * @param query  the query, encoded
     * @return the words, as octets
     */
    public static List<String> of(String method, String query) {
        if (query.isEmpty() || query.indexOf('=') >= 0 || !method.equals("GET") && !method.equals("HEAD")) {
            return List.of();
        }
        var words = new ArrayList<String>();
        for (String word : query.split("\\+", -1)) {
            Optional<String> decoded = Octets.unescape(word);
            if (decoded.isEmpty() || decoded.get().indexOf('\0') >= 0) {
                return List.of();
            }
            words.add(decoded.get());
        }
        return words;
    }
}
