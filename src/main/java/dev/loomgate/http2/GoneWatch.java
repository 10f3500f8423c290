package dev.loomgate.http2;

import java.util.concurrent.locks.ReentrantLock;

import dev.loomgate.transport.ClientWatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs an action when a stream's client goes: see {@link ClientWatch}. Safe for use by many threads. */
final class GoneWatch implements ClientWatch.Watch {
    private static final Logger LOGGER = LoggerFactory.getLogger(GoneWatch.class);

    private final ReentrantLock lock = new ReentrantLock();
    private Runnable action;
    private boolean gone;

    /**
     * Begins to watch.
     *
     * @throws IllegalStateException if there is an open watch
     */
    ClientWatch.Watch watch(Runnable whenGone) {
        lock.lock();
        try {
            if (action != null) {
                throw new IllegalStateException("the client is watched already: close that watch first");
            }
            action = whenGone;
            if (gone) {
                tell();
            }
            return this;
        } finally {
            lock.unlock();
        }
    }

    void clientWent() {
        lock.lock();
        try {
            gone = true;
            if (action != null) {
                tell();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Not on the caller's thread: it may be the one that reads for all streams. */
    private void tell() {
        Thread.ofVirtual().start(() -> {
            lock.lock();
            try {
                // under the lock, so that whoever ends the watch knows that it has run or never will
                Runnable due = action;
                action = null;
                if (due != null) {
                    due.run();
                }
            } catch (RuntimeException e) {
                LOGGER.atError().setCause(e).log("what was to be done when the client goes failed");
            } finally {
                lock.unlock();
            }
        });
    }

    @Override
    public void close() {
        lock.lock();
        try {
            action = null;
        } finally {
            lock.unlock();
        }
    }
}
