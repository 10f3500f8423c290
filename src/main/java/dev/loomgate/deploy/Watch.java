package dev.loomgate.deploy;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Looks at the files of deployments, one after the other, on a thread of its own. Safe for use by many threads. */
public final class Watch implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(Watch.class);

    private static final long PATIENCE = 30_000;

    private final List<Deployment<?>> deployments = new CopyOnWriteArrayList<>();
    private final Thread thread;
    private volatile boolean closed;

    /** @param interval time between two looks; a change is deployed after one to two of them */
    public Watch(Duration interval) {
        // files are read, which holds a carrier up
        thread = Thread.ofPlatform().daemon().name("deploy-watch").start(() -> run(interval));
    }

    private void run(Duration interval) {
        while (!closed) {
            try {
                Thread.sleep(interval);
                for (Deployment<?> deployment : deployments) {
                    look(deployment);
                }
            } catch (InterruptedException e) {
                // closed; or code of an application has interrupted the thread that started it
                LOGGER.trace("interrupted", e);
            }
        }
    }

    private static void look(Deployment<?> deployment) {
        try {
            deployment.look();
        } catch (RuntimeException | Error e) {
            LOGGER.atError().addKeyValue("name", deployment.status().name()).setCause(e).log("can't be watched for changes");
        }
    }

    /** Begins to look after a deployment. */
    public void add(Deployment<?> deployment) {
        deployments.add(deployment);
    }

    /** Looks no more. A version that is being loaded is there when this returns, or will never serve. */
    @Override
    public void close() {
        closed = true;
        thread.interrupt();
        try {
            thread.join(PATIENCE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
