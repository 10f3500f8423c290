package dev.loomgate.server;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;

import dev.loomgate.deploy.Deployment;
import dev.loomgate.deploy.Snapshot;
import dev.loomgate.deploy.Version;
import dev.loomgate.handler.ClassPath;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The handlers of all routes with one class path, which are replaced together when its files change. */
final class JavaApplication implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(JavaApplication.class);

    private final List<Function<ClassPath, Handler>> makers = new CopyOnWriteArrayList<>();
    private final Deployment<Handlers> deployment;

    /** @param classPath at least one jar or directory */
    JavaApplication(List<Path> classPath) {
        try {
            deployment = Deployment.load(classPath, () -> load(classPath));
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private Handlers load(List<Path> classPath) {
        Snapshot snapshot = Snapshot.of(classPath);
        var handlers = new Handlers(snapshot, ClassPath.of(snapshot.copies()));
        try {
            makers.forEach(handlers::add);
            return handlers;
        } catch (RuntimeException | Error e) {
            handlers.close();
            throw e;
        }
    }

    /**
     * Adds a handler.
     *
     * @param maker makes it of the classes, and of those of each later version
     * @return what passes requests on to the handler of the version that serves then
     */
    Handler add(Function<ClassPath, Handler> maker) {
        int place = makers.size();
        Version<Handlers> version = deployment.enter();
        try {
            version.content().add(maker);
        } finally {
            version.exit();
        }
        makers.add(maker);
        return (request, response) -> handle(place, request, response);
    }

    private void handle(int place, ServerRequest request, ServerResponse response) throws Exception {
        Version<Handlers> version = deployment.enter();
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        thread.setContextClassLoader(version.content().classPath.loader());
        try {
            version.content().handlers.get(place).handle(request, response);
        } finally {
            // the next request of the connection may be for another application
            thread.setContextClassLoader(before);
            version.exit();
        }
    }

    Deployment<?> deployment() {
        return deployment;
    }

    @Override
    public void close() {
        deployment.close();
    }

    /** The handlers of one version. */
    private static final class Handlers implements AutoCloseable {
        private final Snapshot snapshot;
        private final ClassPath classPath;
        private final List<Handler> handlers = new CopyOnWriteArrayList<>();

        private Handlers(Snapshot snapshot, ClassPath classPath) {
            this.snapshot = snapshot;
            this.classPath = classPath;
        }

        private void add(Function<ClassPath, Handler> maker) {
            handlers.add(maker.apply(classPath));
        }

        @Override
        public void close() {
            for (Handler handler : handlers.reversed()) {
                if (handler instanceof AutoCloseable closeable) {
                    close(closeable);
                }
            }
            close(classPath::close);
            close(snapshot);
        }

        private static void close(AutoCloseable part) {
            try {
                part.close();
            } catch (Exception | Error e) {
                LOGGER.atWarn().addKeyValue("part", part.getClass().getName()).setCause(e).log("could not be closed");
            }
        }
    }
}
