package dev.loomgate.transport;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** What kind of thread runs a connection. The same blocking code runs on either, so that the two can be compared. */
public sealed interface ThreadModel {
    /** A virtual thread for each connection: as many as there are connections. */
    static ThreadModel virtual() {
        return new Virtual();
    }

    /**
     * A bounded pool of platform threads, a connection to a thread. Connections beyond the pool wait, accepted, until a
     * thread is free. A connection holds its thread while it is idle, too: so that as many idle clients as the pool has
     * threads keep all others waiting until the idle limit ends one of them. That is the price of this model, and what made
     * servers leave it; a short idle limit makes it lower.
     *
     * @param pool number of threads, 1 to 10,000
     * @throws IllegalArgumentException if the number is out of range
     */
    static ThreadModel platform(int pool) {
        return new Platform(pool);
    }

    /** Opens the threads for one listener; closing the executor ends them. */
    ExecutorService open(String listenerName);

    /** A virtual thread for each connection. */
    record Virtual() implements ThreadModel {
        @Override
        public ExecutorService open(String listenerName) {
            // unnamed: a name of its own would cost each idle connection some 50 bytes
            return Executors.newThreadPerTaskExecutor(Thread.ofVirtual().factory());
        }
    }

    /**
     * A bounded pool of platform threads.
     *
     * @param pool number of threads, 1 to 10,000
     */
    record Platform(int pool) implements ThreadModel {
        private static final int MOST = 10_000;

        public Platform {
            if (pool < 1 || pool > MOST) {
                throw new IllegalArgumentException("thread pool of " + pool + ": 1 to " + MOST + " threads are allowed");
            }
        }

        @Override
        public ExecutorService open(String listenerName) {
            ThreadFactory threads = Thread.ofPlatform().name("loomgate-" + listenerName + "-", 1).factory();
            var executor = new ThreadPoolExecutor(pool, pool, 30, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), threads);
            executor.allowCoreThreadTimeOut(true);
            return executor;
        }
    }
}
