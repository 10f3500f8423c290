package dev.loomgate.files;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * Tells the operator of files that are there but can't be served: each path once an hour, and no more than ten lines a minute,
 * so that neither a busy page nor a scanner fills the log.
 */
final class RefusalLog {
    private static final Logger LOG = LoggerFactory.getLogger(StaticFiles.class);
    private static final int PATHS = 1000;
    private static final long REPEAT = Duration.ofHours(1).toNanos();
    private static final int LINES = 10;
    private static final long WINDOW = Duration.ofMinutes(1).toNanos();

    private final ReentrantLock lock = new ReentrantLock();
    private final Map<String, Long> loggedAt = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Long> eldest) {
            return size() > PATHS;
        }
    };
    private long windowStart = System.nanoTime() - WINDOW;
    private int lines;
    private long suppressed;

    /**
     * Logs a refusal, unless it was logged lately or there were too many.
     *
     * @param path   path of the request as it was sent
     * @param root   directory that is served
     * @param reason what was wrong
     */
    void log(String path, Object root, Unservable reason) {
        long left = admit(path, System.nanoTime());
        if (left >= 0) {
            Level level = reason.status().code() >= 500 ? Level.ERROR : Level.WARN;
            LOG.atLevel(level).addKeyValue("path", path).addKeyValue("root", root)
                    .addKeyValue("status", reason.status().code()).addKeyValue("reason", reason.getMessage())
                    .addKeyValue("notLogged", left).log("file not served");
        }
    }

    /** Gives the number of refusals left out since the last line, or -1 to leave this one out. */
    private long admit(String path, long now) {
        lock.lock();
        try {
            Long last = loggedAt.get(path);
            if (last != null && now - last < REPEAT) {
                return -1;
            }
            if (now - windowStart >= WINDOW) {
                windowStart = now;
                lines = 0;
            }
            if (lines == LINES) {
                suppressed++;
                return -1;
            }
            lines++;
            loggedAt.remove(path);
            loggedAt.put(path, now);
            long left = suppressed;
            suppressed = 0;
            return left;
        } finally {
            lock.unlock();
        }
    }
}
