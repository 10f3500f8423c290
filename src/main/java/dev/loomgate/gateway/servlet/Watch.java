package dev.loomgate.gateway.servlet;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at the files of applications once a second and deploys anew what has changed: when the files have stayed the same for a
 * second, so that one that is still being copied is left alone. What does not start is tried again when it changes again.
 */
final class Watch implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(Watch.class);
    private static final long PERIOD = TimeUnit.SECONDS.toMillis(1);

    private final List<Watched> applications = new CopyOnWriteArrayList<>();
    // a platform thread: looking at many files would hold a carrier, and loading classes takes its time
    private final Thread thread = Thread.ofPlatform().name("servlet-watch").daemon().unstarted(this::run);
    private boolean running;

    private static final class Watched {
        private final ServletGateway gateway;
        private ApplicationStamp deployed;
        private ApplicationStamp seen;

        private Watched(ServletGateway gateway, ApplicationStamp deployed) {
            this.gateway = gateway;
            this.deployed = deployed;
            this.seen = deployed;
        }
    }

    /** Watches an application, whose files were like this before it was deployed. */
    synchronized void add(ServletGateway gateway, ApplicationStamp deployed) {
        applications.add(new Watched(gateway, deployed));
        if (!running) {
            running = true;
            thread.start();
        }
    }

    private void run() {
        try {
            while (true) {
                Thread.sleep(PERIOD);
                applications.forEach(Watch::look);
            }
        } catch (InterruptedException e) {
            LOGGER.trace("no more applications to watch", e);
        }
    }

    private static void look(Watched watched) {
        ApplicationStamp now = watched.gateway.stamp();
        boolean stable = now.equals(watched.seen);
        watched.seen = now;
        if (stable && now.present() && !now.equals(watched.deployed)) {
            watched.deployed = now;
            watched.gateway.deployAnew();
        }
    }

    @Override
    public void close() {
        thread.interrupt();
        try {
            // one that is being deployed must not appear after all others have been stopped
            thread.join(TimeUnit.SECONDS.toMillis(30));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
