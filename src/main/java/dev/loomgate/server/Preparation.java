package dev.loomgate.server;

import java.time.Duration;

import dev.loomgate.transport.HandlerEnvironment;
import org.slf4j.LoggerFactory;

/**
 * What every start takes that does not depend on the configuration. For whoever reads the configuration first: both take about as long.
 * This class has no logger, and whoever begins with it must not have one either, or would make logging ready by itself.
 */
public final class Preparation {
    /** Until the server has been up for a moment, on a slow machine as well. */
    private static final Duration LATER = Duration.ofSeconds(2);

    private Preparation() {
    }

    /** Logging. It is made ready when this class is initialised: by one thread, while others wait. */
    private static final class Logging {
        static {
            LoggerFactory.getILoggerFactory();
        }

        private Logging() {
        }

        private static void await() {
            // the class is initialised
        }
    }

    /**
     * Begins on a thread of its own. {@link Plan#read} waits for logging, {@link Plan#start()} for what every request takes. What few
     * requests take is made some time after that, if none has asked for it by then.
     */
    public static void begin() {
        Thread.ofPlatform().daemon().name("loomgate-prepare").start(() -> {
            awaitLogging();
            HandlerEnvironment.prepare();
            try {
                Thread.sleep(LATER);
                HandlerEnvironment.prepareMedia();
            } catch (InterruptedException e) {
                // nobody does
            }
        });
    }

    /**
     * Makes logging ready if no other thread is at it; else waits. SLF4J would not wait: it has a stand-in for those who ask meanwhile,
     * and they keep it.
     */
    static void awaitLogging() {
        Logging.await();
    }
}
