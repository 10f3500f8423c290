package dev.loomgate.observe;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/** The last requests that the server failed to answer. Safe for use by many threads. */
final class RecentErrors {
    private static final int MOST = 50;
    private static final int LONGEST = 200;

    private final ReentrantLock lock = new ReentrantLock();
    private final Deque<Entry> entries = new ArrayDeque<>();

    /** One that failed; the request id is that of the log. */
    record Entry(Instant time, int status, String method, String path, String route, String client, String request) {
    }

    void add(int status, String method, String path, String route, String client, String request) {
        var entry = new Entry(Instant.now(), status, method, path.length() > LONGEST ? path.substring(0, LONGEST) + "…" : path,
                route, client, request);
        lock.lock();
        try {
            if (entries.size() == MOST) {
                entries.removeLast();
            }
            entries.addFirst(entry);
        } finally {
            lock.unlock();
        }
    }

    /** The newest first. */
    List<Entry> entries() {
        lock.lock();
        try {
            return List.copyOf(entries);
        } finally {
            lock.unlock();
        }
    }
}
