package dev.loomgate.config;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** What the server knows about routes, as far as tests of the reader need it. */
final class PlainRules implements RouteRules {
    @Override
    public String path(String pattern) {
        if (!pattern.startsWith("/") && !pattern.startsWith("*.")) {
            throw new IllegalArgumentException("not a path");
        }
        return pattern.startsWith("*") ? "/**/" + pattern : pattern;
    }

    @Override
    public String host(String host) {
        if (host.contains(" ")) {
            throw new IllegalArgumentException("not a host");
        }
        return host.toLowerCase();
    }

    @Override
    public void network(String network) {
        if (!network.contains(".")) {
            throw new IllegalArgumentException("not a network");
        }
    }

    @Override
    public void networksFile(Path file) {
        if (!Files.exists(file)) {
            throw new IllegalArgumentException("no such file");
        }
    }

    @Override
    public void passwords(Path file) {
        networksFile(file);
    }

    @Override
    public void javaHandler(String type, List<Path> classPath) {
        if (type.startsWith("missing")) {
            throw new IllegalArgumentException("no such class");
        }
    }

    @Override
    public void servlets(Optional<Path> war, List<Path> classPath, Optional<String> type) {
        type.ifPresent(name -> javaHandler(name, classPath));
    }

    @Override
    public void mainProgram(Optional<String> type, List<Path> classPath) {
        type.ifPresent(name -> javaHandler(name, classPath));
    }

    @Override
    public void restService(Optional<String> type, List<Path> classPath) {
        type.ifPresent(name -> javaHandler(name, classPath));
    }
}
