package dev.loomgate.gateway.process;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

import io.helidon.http.Status;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import dev.loomgate.gateway.GatewayException;

/** Places for running scripts: so many, and a queue of so many requests that wait for one, first come, first served. */
final class ProcessSlots {
    private static final Logger LOGGER = LoggerFactory.getLogger(ProcessSlots.class);
    private static final Duration WARNING_INTERVAL = Duration.ofSeconds(5);

    private final Semaphore free;
    private final int maxQueue;
    private final Duration queueTimeout;
    private final AtomicInteger queued = new AtomicInteger();
    private final AtomicLong refused = new AtomicLong();
    private final AtomicLong lastWarning = new AtomicLong(System.nanoTime() - WARNING_INTERVAL.toNanos());

    ProcessSlots(ProcessSettings settings) {
        this.free = new Semaphore(settings.maxProcesses(), true);
        this.maxQueue = settings.maxQueue();
        this.queueTimeout = settings.queueTimeout();
    }

    /**
     * Fails if {@link #acquire} would at once: asked before a request's body is received, which would be for nothing.
     *
     * @throws GatewayException 503
     */
    void requireRoom() throws GatewayException {
        if (free.availablePermits() == 0 && queued.get() >= maxQueue) {
            throw refused(maxQueue + " requests already wait for a script to end");
        }
    }

    /**
     * Takes a place, waiting for one if need be.
     *
     * @throws GatewayException     503 if too many wait already, or none became free in time
     * @throws InterruptedException if the thread is interrupted meanwhile
     */
    void acquire() throws GatewayException, InterruptedException {
        if (free.tryAcquire(0, TimeUnit.SECONDS)) {
            return;
        }
        try {
            int waiting = queued.incrementAndGet();
            if (waiting > maxQueue) {
                throw refused(maxQueue + " requests already wait for a script to end");
            }
            LOGGER.debug("{} requests wait for a script to end", waiting);
            if (!free.tryAcquire(queueTimeout.toNanos(), TimeUnit.NANOSECONDS)) {
                throw refused("no running script ended within " + queueTimeout);
            }
        } finally {
            queued.decrementAndGet();
        }
    }

    /** Gives a place back. */
    void release() {
        free.release();
    }

    /** By then the queue of this moment has been served or has given up. */
    private GatewayException refused(String reason) {
        long refusals = refused.incrementAndGet();
        long now = System.nanoTime();
        long last = lastWarning.get();
        if (now - last >= WARNING_INTERVAL.toNanos() && lastWarning.compareAndSet(last, now)) {
            LOGGER.atWarn().addKeyValue("refused", refusals).addKeyValue("queued", queued.get())
                    .log("requests for scripts are refused: {}", reason);
        }
        return new GatewayException(Status.SERVICE_UNAVAILABLE_503, reason
                + "; allow more processes or a longer queue, or make the scripts quicker", queueTimeout, null);
    }
}
