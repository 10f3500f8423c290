package dev.loomgate.gateway.servlet;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.util.concurrent.atomic.AtomicInteger;

import io.helidon.http.DateTime;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.core.StandardServer;
import org.apache.tomcat.util.file.ConfigFileLoader;
import org.apache.tomcat.util.file.ConfigurationSource;
import org.apache.tomcat.util.modeler.Registry;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tomcat's container, for all servlet applications of a server. It listens to nothing: requests come from the server's own
 * connections. Made when the first application needs it, so that a server without servlets loads nothing of Tomcat. Safe for
 * use by many threads.
 */
public final class ServletContainer implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(ServletContainer.class);

    private final StandardServer server;
    private final Path directory;
    private final SharedClasses shared;
    private final AtomicInteger installations = new AtomicInteger();

    private ServletContainer(StandardServer server, Path directory, SharedClasses shared) {
        this.server = server;
        this.directory = directory;
        this.shared = shared;
    }

    /**
     * Starts the container, without applications.
     *
     * @throws UncheckedIOException if there is no directory for temporary files
     */
    public static ServletContainer open() {
        // nobody looks at Tomcat by JMX here, and it takes half of the time that an application needs to start
        Registry.disableRegistry();
        // starts a thread, which would keep the class loader of the application whose response is the first
        DateTime.http1Bytes();
        ConfigFileLoader.setSource(new NoConfiguration());
        // java:comp/env of applications; the names of other kinds stay Java's own
        String packages = System.getProperty("java.naming.factory.url.pkgs", "");
        if (!packages.contains("org.apache.naming")) {
            System.setProperty("java.naming.factory.url.pkgs",
                    packages.isEmpty() ? "org.apache.naming" : packages + ":org.apache.naming");
        }
        registerDrivers();
        try {
            Path directory = Files.createTempDirectory("loomgate-servlet-").toRealPath();
            var server = new StandardServer();
            server.setPort(-1);
            server.setCatalinaBase(directory.toFile());
            server.setCatalinaHome(directory.toFile());
            server.setUtilityThreads(1);
            server.setUtilityThreadsAsDaemon(true);
            server.start();
            return new ServletContainer(server, directory, new SharedClasses());
        } catch (IOException e) {
            throw new UncheckedIOException("no directory for temporary files of servlet applications: " + e.getMessage(), e);
        } catch (LifecycleException e) {
            throw new IllegalStateException("Tomcat's container does not start", e);
        }
    }

    /**
     * Java looks for JDBC drivers once, on behalf of whoever asks first: if that were an application, handlers of the server would
     * not get those in the server's libraries.
     */
    private static void registerDrivers() {
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        thread.setContextClassLoader(ServletContainer.class.getClassLoader());
        try {
            DriverManager.getDrivers();
        } finally {
            thread.setContextClassLoader(before);
        }
    }

    /**
     * Installs and starts a version of an application.
     *
     * @throws DeploymentException if it can't be read, or does not start
     */
    Application deploy(ServletSettings settings) throws DeploymentException {
        Path base = directory.resolve("application-" + installations.incrementAndGet());
        try {
            Files.createDirectory(base);
            return Application.start(server, shared, settings, Installation.of(settings, base), base);
        } catch (IOException e) {
            remove(base);
            throw new DeploymentException(reason(e), e);
        } catch (DeploymentException | RuntimeException | Error e) {
            remove(base);
            throw e;
        }
    }

    private static String reason(IOException e) {
        return e instanceof java.nio.file.FileSystemException file && file.getReason() == null
                ? e.getClass().getSimpleName() + ": " + e.getMessage() : e.getMessage();
    }

    static void remove(Path path) {
        try {
            FileTree.delete(path);
        } catch (IOException e) {
            LOGGER.atWarn().addKeyValue("directory", path).setCause(e).log("temporary files of a servlet application remain");
        }
    }

    /** Where it keeps temporary files. */
    Path directory() {
        return directory;
    }

    /** Stops what still runs and removes temporary files. */
    @Override
    public void close() {
        try {
            server.stop();
            server.destroy();
        } catch (LifecycleException e) {
            LOGGER.atWarn().setCause(e).log("Tomcat's container did not stop properly");
        }
        remove(directory);
    }

    /** Tomcat's own configuration files, of which there are none. */
    private static final class NoConfiguration implements ConfigurationSource {
        @Override
        public Resource getResource(String name) throws IOException {
            throw new FileNotFoundException(name);
        }

        @Override
        public URI getURI(String name) {
            return null;
        }
    }
}
