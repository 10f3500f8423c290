package dev.loomgate.observe;

import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

import org.slf4j.LoggerFactory;

/** Puts what OpenTelemetry logs with {@code java.util.logging}, such as a collector that is gone, into the server's log. */
final class LibraryLog extends Handler {
    // the JDK forgets loggers that nobody holds, and what was set in them
    private static final Logger LOGGER = Logger.getLogger("io.opentelemetry");

    private LibraryLog() {
    }

    static synchronized void install() {
        if (LOGGER.getUseParentHandlers()) {
            LOGGER.setUseParentHandlers(false);
            LOGGER.addHandler(new LibraryLog());
        }
    }

    @Override
    public void publish(LogRecord entry) {
        org.slf4j.event.Level level = entry.getLevel().intValue() >= Level.SEVERE.intValue() ? org.slf4j.event.Level.ERROR
                : entry.getLevel().intValue() >= Level.WARNING.intValue() ? org.slf4j.event.Level.WARN
                : entry.getLevel().intValue() >= Level.INFO.intValue() ? org.slf4j.event.Level.INFO
                : org.slf4j.event.Level.DEBUG;
        // the message is made already where it has the reason in it
        LoggerFactory.getLogger(String.valueOf(entry.getLoggerName())).atLevel(level).setCause(entry.getThrown())
                .log(String.valueOf(entry.getMessage()));
    }

    @Override
    public void flush() {
        // the server's log does
    }

    @Override
    public void close() {
        // nothing is held
    }
}
