package dev.loomgate.deploy;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One version of what is deployed. Whoever has got it from {@link Deployment#enter} may use it until he {@linkplain #exit exits}.
 * Safe for use by many threads.
 *
 * @param <T> what is deployed
 */
public final class Version<T extends AutoCloseable> {
    private static final Logger LOGGER = LoggerFactory.getLogger(Version.class);
    /** Added to the number of users when no more may come. */
    private static final int RETIRED = Integer.MIN_VALUE;

    private final T content;
    private final int number;
    private final AtomicInteger users = new AtomicInteger();
    private final AtomicBoolean closed = new AtomicBoolean();

    Version(T content, int number) {
        this.content = content;
        this.number = number;
    }

    /** What is deployed. */
    public T content() {
        return content;
    }

    /** 1 for the first, one more for each that came after it. */
    public int number() {
        return number;
    }

    boolean enter() {
        if (users.incrementAndGet() > 0) {
            return true;
        }
        exit();
        return false;
    }

    /** Must be called once for each that has entered. */
    public void exit() {
        if (users.decrementAndGet() == RETIRED) {
            // not by the thread of a client, who waits for the end of its response
            Thread.ofVirtual().name("deploy-retire").start(this::close);
        }
    }

    /** Nobody enters any more; when the last has exited, it is closed. */
    void retire() {
        if (users.getAndAdd(RETIRED) == 0) {
            close();
        }
    }

    private void close() {
        if (!closed.compareAndSet(false, true)) {
            // somebody tried to enter after the end, and has exited as the last had
            return;
        }
        try {
            content.close();
        } catch (Exception | Error e) {
            LOGGER.atWarn().addKeyValue("version", number).setCause(e).log("an old version could not be closed");
        }
    }
}
