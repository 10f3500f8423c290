package dev.loomgate.config;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What only the server knows about routes. The reader asks while it reads, so that these mistakes are reported together with
 * all others. Each method throws an {@code IllegalArgumentException} whose message says what is wrong and what is allowed.
 */
public interface RouteRules {
    /**
     * Checks a path pattern.
     *
     * @return its normal form: patterns that take the same paths have the same
     */
    String path(String pattern);

    /**
     * Checks a host condition.
     *
     * @return its normal form
     */
    String host(String host);

    /** Checks an address or a network in CIDR notation. */
    void network(String network);

    /** Checks a file of them, one a line. */
    void networksFile(Path file);

    /** Checks a file of users and the hashes of their passwords. */
    void passwords(Path file);

    /** Checks that a class can be loaded and is something that can answer requests. */
    void javaHandler(String type, List<Path> classPath);

    /** Checks that a WAR, or else a class path with a servlet of this name, is there and can be read. */
    void servlets(Optional<Path> war, List<Path> classPath, Optional<String> type);

    /** Checks that there is a program with a main method: of this class, or without a name of the one that a manifest names. */
    void mainProgram(Optional<String> type, List<Path> classPath);

    /** Checks that there is a REST service: this one, or without a name at least one that {@code ServiceLoader} finds. */
    void restService(Optional<String> type, List<Path> classPath);

    /** Checks that certificates and keys can be read and belong together. */
    default void tls(TlsConfig tls) {
        // what has no server has no rules for it
    }
}
