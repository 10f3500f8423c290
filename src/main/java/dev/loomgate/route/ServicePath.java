package dev.loomgate.route;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

import io.helidon.common.parameters.Parameters;
import io.helidon.http.RoutedPath;

/** A path inside a service, with the named parameters of the services above it. */
final class ServicePath implements RoutedPath {
    private final RoutedPath path;
    private final Parameters parameters;

    private ServicePath(RoutedPath path, Parameters parameters) {
        this.path = path;
        this.parameters = parameters;
    }

    /** The path with its own parameters and its parent's; of two with one name its own counts. */
    static RoutedPath join(RoutedPath parent, RoutedPath path) {
        if (parent == null || parent.pathParameters().isEmpty()) {
            return path;
        }
        Map<String, List<String>> values = new HashMap<>();
        for (String name : parent.pathParameters().names()) {
            values.put(name, parent.pathParameters().all(name));
        }
        for (String name : path.pathParameters().names()) {
            values.put(name, path.pathParameters().all(name));
        }
        return new ServicePath(path, Parameters.create("http/path", values, "http", "path"));
    }

    @Override
    public Parameters pathParameters() {
        return parameters;
    }

    @Override
    public RoutedPath absolute() {
        return new ServicePath(path.absolute(), parameters);
    }

    @Override
    public String path() {
        return path.path();
    }

    @Override
    public String rawPath() {
        return path.rawPath();
    }

    @Override
    public String rawPathNoParams() {
        return path.rawPathNoParams();
    }

    @Override
    public Parameters matrixParameters() {
        return path.matrixParameters();
    }

    @Override
    public void validate() {
        path.validate();
    }
}
