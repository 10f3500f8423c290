package dev.loomgate.server;

import java.time.Duration;
import java.util.Optional;

import dev.loomgate.config.ThreadsConfig;
import dev.loomgate.observe.CarrierWatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The watch for virtual threads that keep their carriers, begun some time after the server's start, which it would slow down. */
final class Carriers implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(Carriers.class);
    private static final Duration DELAY = Duration.ofSeconds(5);
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private CarrierWatch watch;
    private Thread starter;
    private boolean closed;

    /** Begins to watch in a while, unless that is switched off. */
    synchronized void startLater(ThreadsConfig.Watch how) {
        if (how == ThreadsConfig.Watch.OFF) {
            return;
        }
        starter = Thread.ofPlatform().daemon().name("carrier-watch-start").priority(Thread.MIN_PRIORITY).start(() -> {
            try {
                Thread.sleep(DELAY);
                start(how == ThreadsConfig.Watch.RECORDER);
            } catch (InterruptedException e) {
                // the server stops
            } catch (IllegalStateException | LinkageError e) {
                LOGGER.atInfo().addKeyValue("reason", e.toString())
                        .log("virtual threads that keep their carriers are not seen: this Java does not tell");
            }
        });
    }

    private void start(boolean recorder) {
        CarrierWatch started = CarrierWatch.start(PATIENCE, recorder);
        synchronized (this) {
            if (!closed) {
                watch = started;
                return;
            }
        }
        started.close();
    }

    synchronized Optional<CarrierWatch> watch() {
        return Optional.ofNullable(watch);
    }

    @Override
    public void close() {
        CarrierWatch running;
        synchronized (this) {
            closed = true;
            running = watch;
            watch = null;
        }
        if (starter != null) {
            starter.interrupt();
        }
        if (running != null) {
            running.close();
        }
    }
}
