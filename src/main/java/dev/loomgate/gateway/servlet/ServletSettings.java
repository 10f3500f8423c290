package dev.loomgate.gateway.servlet;

import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * How an application is run.
 *
 * @param contextPath       path that it is at, without a slash at its end; empty for the root
 * @param application       where it is
 * @param parameters        initialisation parameters of the application (they go before those of a {@code web.xml}), and of
 *                          the servlet that {@link ServletApplication.Classes} names
 * @param migration         whether {@code javax.servlet} in it is made {@code jakarta.servlet}
 * @param cache             directory for migrated copies, made when needed; without it one in the directory for temporary files
 * @param maxForm           longest form of which there are parameters, in bytes; 0 or more
 * @param maxFormParameters most parameters of a query and a form; 0 or more
 * @param reload            whether it is deployed anew when its files change
 * @param authorized        whether something before it may say who the user is by other means than the Authorization field
 */
public record ServletSettings(String contextPath, ServletApplication application, Map<String, String> parameters,
                              Migration migration, Optional<Path> cache, int maxForm, int maxFormParameters,
                              boolean reload, boolean authorized) {
    /** Whether an application is migrated from {@code javax.servlet} to {@code jakarta.servlet}. */
    public enum Migration {
        /** If its classes use the old names. */
        AUTO,
        /** Always. */
        ALWAYS,
        /** Never: it runs as it is. */
        NEVER
    }

    /** Checks the path and copies the map. */
    public ServletSettings {
        Objects.requireNonNull(application, "application");
        Objects.requireNonNull(migration, "migration");
        parameters = Map.copyOf(parameters);
        if (!contextPath.isEmpty() && (!contextPath.startsWith("/") || contextPath.endsWith("/"))) {
            throw new IllegalArgumentException("context path '" + contextPath + "' must begin with a slash, and not end with one");
        }
    }
}
