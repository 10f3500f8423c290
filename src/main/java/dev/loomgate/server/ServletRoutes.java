package dev.loomgate.server;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

import dev.loomgate.config.RouteConfig;
import dev.loomgate.gateway.servlet.DeploymentException;
import dev.loomgate.gateway.servlet.ServletApplication;
import dev.loomgate.gateway.servlet.ServletContainer;
import dev.loomgate.gateway.servlet.ServletGateway;
import dev.loomgate.gateway.servlet.ServletSettings;
import dev.loomgate.handler.FormSettings;

/** The servlet applications of a server, in one container, which is made for the first. */
final class ServletRoutes implements AutoCloseable {
    private ServletContainer container;
    private boolean closed;

    /**
     * Starts an application.
     *
     * @param authorized whether an authorizer is asked before it
     * @throws IllegalArgumentException with its file if it can't be read or does not start
     */
    ServletGateway start(RouteConfig.Servlet servlet, String mount, FormSettings forms, boolean authorized) {
        try {
            ServletSettings settings = settings(servlet, mount, forms, authorized);
            return servlet.background() ? ServletGateway.startInBackground(this::container, settings)
                    : ServletGateway.start(container(), settings);
        } catch (DeploymentException e) {
            throw new IllegalArgumentException(servlet.war().map(Path::toString).or(servlet::type)
                    .orElseGet(() -> servlet.classPath().toString()) + ": " + e.getMessage(), e);
        }
    }

    private synchronized ServletContainer container() {
        if (closed) {
            throw new IllegalStateException("the server stops");
        }
        if (container == null) {
            container = ServletContainer.open();
        }
        return container;
    }

    private static ServletSettings settings(RouteConfig.Servlet servlet, String mount, FormSettings forms, boolean authorized) {
        return new ServletSettings(mount, application(servlet.war(), servlet.classPath(), servlet.type()), servlet.settings(),
                switch (servlet.migration()) {
                    case AUTO -> ServletSettings.Migration.AUTO;
                    case ALWAYS -> ServletSettings.Migration.ALWAYS;
                    case NEVER -> ServletSettings.Migration.NEVER;
                }, servlet.cache(), forms.maxBytes(), forms.maxParameters(), servlet.reload(), authorized);
    }

    static ServletApplication application(Optional<Path> war, List<Path> classPath, Optional<String> type) {
        return war.<ServletApplication>map(ServletApplication.War::new)
                .orElseGet(() -> new ServletApplication.Classes(classPath, type));
    }

    @Override
    public synchronized void close() {
        closed = true;
        if (container != null) {
            container.close();
        }
    }
}
