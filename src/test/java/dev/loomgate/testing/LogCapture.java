package dev.loomgate.testing;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.TestInstanceFactoryContext;
import org.junit.jupiter.api.extension.TestInstancePreConstructCallback;
import org.slf4j.LoggerFactory;

/** What is logged below a name while a test runs: one text a line, {@code LEVEL message key=value ...}. */
public final class LogCapture implements AutoCloseable {
    /** What captures the lines of a thread: the threads that a server starts inherit it of the test that has started it. */
    private static final InheritableThreadLocal<Object> OWNER = new InheritableThreadLocal<>();
    /** How many captures need a logger's level, and what it was before. */
    private static final Map<Logger, Lowered> LOWERED = new HashMap<>();

    private final Logger logger;
    private final List<String> lines = new CopyOnWriteArrayList<>();
    private final AppenderBase<ILoggingEvent> appender;
    private boolean closed;

    private record Lowered(int captures, Level before) {
    }

    private LogCapture(Logger logger, BooleanSupplier own) {
        this.logger = logger;
        this.appender = new AppenderBase<>() {
            @Override
            protected void append(ILoggingEvent event) {
                if (!own.getAsBoolean()) {
                    return;
                }
                String pairs = event.getKeyValuePairs() == null ? "" : event.getKeyValuePairs().stream()
                        .map(pair -> " " + pair.key + "=" + pair.value).collect(Collectors.joining());
                lines.add(event.getLevel() + " " + event.getFormattedMessage() + pairs);
            }
        };
    }

    /** Starts to capture at level DEBUG and above. */
    public static LogCapture of(String loggerName) {
        return start(loggerName, () -> true);
    }

    /**
     * Starts to capture, at level DEBUG and above, what threads log that this thread starts from now on, and those that they
     * start, and so on: for tests that others run beside. To be called before a server is started; one at a time in a test.
     */
    public static LogCapture ofThisTest(String loggerName) {
        var owner = new Object();
        OWNER.set(owner);
        return start(loggerName, () -> OWNER.get() == owner);
    }

    private static LogCapture start(String loggerName, BooleanSupplier own) {
        var capture = new LogCapture((Logger) LoggerFactory.getLogger(loggerName), own);
        synchronized (LOWERED) {
            LOWERED.merge(capture.logger, new Lowered(1, capture.logger.getLevel()),
                    (some, one) -> new Lowered(some.captures() + 1, some.before()));
            capture.logger.setLevel(Level.DEBUG);
        }
        capture.appender.start();
        capture.logger.addAppender(capture.appender);
        return capture;
    }

    /** What a thread that runs tests has inherited of the one that has started it, in the middle of a test, is none of its own. */
    public static final class Own implements BeforeAllCallback, TestInstancePreConstructCallback {
        /** For all tests of this JVM. */
        public Own() {
        }

        @Override
        public void beforeAll(ExtensionContext context) {
            OWNER.remove();
        }

        @Override
        public void preConstructTestInstance(TestInstanceFactoryContext factory, ExtensionContext context) {
            OWNER.remove();
        }
    }

    /** The lines so far. */
    public List<String> lines() {
        return List.copyOf(lines);
    }

    @Override
    public void close() {
        logger.detachAppender(appender);
        synchronized (LOWERED) {
            if (closed) {
                return;
            }
            closed = true;
            Lowered some = LOWERED.get(logger);
            if (some.captures() > 1) {
                LOWERED.put(logger, new Lowered(some.captures() - 1, some.before()));
            } else {
                LOWERED.remove(logger);
                logger.setLevel(some.before());
            }
        }
    }
}
