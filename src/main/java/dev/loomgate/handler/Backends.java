package dev.loomgate.handler;

import java.util.Set;

/**
 * The groups of servers that the configuration names under {@code upstreams}, for handlers that call them: with the connections,
 * limits and health checks that routes of the kind {@code proxy} use. Safe for use by many threads.
 */
public interface Backends {
    /**
     * The servers of a group, reached by HTTP.
     *
     * @throws IllegalArgumentException if there is no group of this name; the message says which there are
     */
    HttpBackend http(String name);

    /** None at all. */
    Backends NONE = name -> {
        throw unknown(name, Set.of());
    };

    /** What is thrown if there is no group of a name. */
    static IllegalArgumentException unknown(String name, Set<String> names) {
        return new IllegalArgumentException("There is no upstream '" + name + "'; under 'upstreams' of the configuration there is "
                + (names.isEmpty() ? "none" : String.join(", ", names)));
    }
}
