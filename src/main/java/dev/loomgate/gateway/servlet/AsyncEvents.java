package dev.loomgate.gateway.servlet;

import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

import org.apache.tomcat.util.net.SocketEvent;

/**
 * Where the thread of an asynchronous request waits for what happens to it: other threads post, that thread takes. In
 * Tomcat these events go to a thread pool by way of the socket. Safe for use by many threads.
 */
final class AsyncEvents {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final ArrayDeque<SocketEvent> events = new ArrayDeque<>(2);
    private long started;
    private long timeout;

    /** An asynchronous phase begins now, on the request's thread. */
    void begin() {
        lock.lock();
        try {
            started = System.nanoTime();
        } finally {
            lock.unlock();
        }
    }

    /** Sets how long a phase may take, in milliseconds from its beginning; 0 or less for no limit. */
    void limit(long millis) {
        lock.lock();
        try {
            timeout = millis;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    void post(SocketEvent event) {
        lock.lock();
        try {
            events.add(event);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Waits for the next event.
     *
     * @return it, or {@link SocketEvent#TIMEOUT} once when the time of the phase is over
     */
    SocketEvent take() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (events.isEmpty()) {
                if (timeout <= 0) {
                    changed.await();
                } else {
                    long left = TimeUnit.MILLISECONDS.toNanos(timeout) - (System.nanoTime() - started);
                    if (left <= 0) {
                        timeout = 0;
                        return SocketEvent.TIMEOUT;
                    }
                    changed.awaitNanos(left);
                }
            }
            return events.poll();
        } finally {
            lock.unlock();
        }
    }

    void clear() {
        lock.lock();
        try {
            events.clear();
            timeout = 0;
        } finally {
            lock.unlock();
        }
    }
}
