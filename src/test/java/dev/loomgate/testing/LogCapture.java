package dev.loomgate.testing;

import java.util.List;
import java.util.stream.Collectors;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import org.slf4j.LoggerFactory;

/** What is logged below a name while a test runs: one text a line, {@code LEVEL message key=value ...}. */
public final class LogCapture implements AutoCloseable {
    private final Logger logger;
    private final Level before;
    private final List<String> lines = new java.util.concurrent.CopyOnWriteArrayList<>();
    private final AppenderBase<ILoggingEvent> appender = new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
            String pairs = event.getKeyValuePairs() == null ? "" : event.getKeyValuePairs().stream()
                    .map(pair -> " " + pair.key + "=" + pair.value).collect(Collectors.joining());
            lines.add(event.getLevel() + " " + event.getFormattedMessage() + pairs);
        }
    };

    private LogCapture(Logger logger) {
        this.logger = logger;
        this.before = logger.getLevel();
    }

    /** Starts to capture at level DEBUG and above. */
    public static LogCapture of(String loggerName) {
        var capture = new LogCapture((Logger) LoggerFactory.getLogger(loggerName));
        capture.appender.start();
        capture.logger.setLevel(Level.DEBUG);
        capture.logger.addAppender(capture.appender);
        return capture;
    }

    /** The lines so far. */
    public List<String> lines() {
        return List.copyOf(lines);
    }

    @Override
    public void close() {
        logger.detachAppender(appender);
        logger.setLevel(before);
    }
}
