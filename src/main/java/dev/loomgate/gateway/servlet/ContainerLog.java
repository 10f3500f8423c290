package dev.loomgate.gateway.servlet;

import java.util.List;
import java.util.regex.Pattern;

import org.apache.juli.logging.Log;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tomcat's log as SLF4J's, found by Tomcat through {@code META-INF/services}. */
public final class ContainerLog implements Log {
    /** What has been reported as an error while an application starts, by the thread that starts it. */
    private static final ThreadLocal<List<String>> FAILURES = new ThreadLocal<>();

    private static final Pattern ENGINE = Pattern.compile("\\[" + Application.ENGINE + "\\d+]");

    private final Logger logger;

    /** For {@code ServiceLoader}, which only wants to see that the class can be made. */
    public ContainerLog() {
        this(ContainerLog.class.getName());
    }

    /** A log of this name. */
    public ContainerLog(String name) {
        // of all versions of an application the same: loggers are kept forever, and configured by their names
        logger = LoggerFactory.getLogger(ENGINE.matcher(name).replaceAll("[loomgate]"));
    }

    /**
     * Runs what reports its failures to the log only, and collects them.
     *
     * @param failures gets a line for each error
     */
    static <E extends Exception> void collecting(List<String> failures, Step<E> step) throws E {
        FAILURES.set(failures);
        try {
            step.run();
        } finally {
            FAILURES.remove();
        }
    }

    /** Something that may fail. */
    interface Step<E extends Exception> {
        void run() throws E;
    }

    private static void collect(Object message, Throwable cause) {
        List<String> failures = FAILURES.get();
        if (failures != null) {
            failures.add(cause == null ? String.valueOf(message) : message + ": " + root(cause));
        }
    }

    private static Throwable root(Throwable failure) {
        Throwable root = failure;
        while (root.getCause() != null && root.getCause() != root) {
            root = root.getCause();
        }
        return root;
    }

    @Override
    public boolean isTraceEnabled() {
        return logger.isTraceEnabled();
    }

    @Override
    public boolean isDebugEnabled() {
        return logger.isDebugEnabled();
    }

    @Override
    public boolean isInfoEnabled() {
        return logger.isInfoEnabled();
    }

    @Override
    public boolean isWarnEnabled() {
        return logger.isWarnEnabled();
    }

    @Override
    public boolean isErrorEnabled() {
        return logger.isErrorEnabled();
    }

    @Override
    public boolean isFatalEnabled() {
        return logger.isErrorEnabled();
    }

    @Override
    public void trace(Object message) {
        logger.trace("{}", message);
    }

    @Override
    public void trace(Object message, Throwable cause) {
        logger.trace(String.valueOf(message), cause);
    }

    @Override
    public void debug(Object message) {
        logger.debug("{}", message);
    }

    @Override
    public void debug(Object message, Throwable cause) {
        logger.debug(String.valueOf(message), cause);
    }

    @Override
    public void info(Object message) {
        logger.info("{}", message);
    }

    @Override
    public void info(Object message, Throwable cause) {
        logger.info(String.valueOf(message), cause);
    }

    @Override
    public void warn(Object message) {
        logger.warn("{}", message);
    }

    @Override
    public void warn(Object message, Throwable cause) {
        logger.warn(String.valueOf(message), cause);
    }

    @Override
    public void error(Object message) {
        collect(message, null);
        logger.error("{}", message);
    }

    @Override
    public void error(Object message, Throwable cause) {
        collect(message, cause);
        logger.error(String.valueOf(message), cause);
    }

    @Override
    public void fatal(Object message) {
        error(message);
    }

    @Override
    public void fatal(Object message, Throwable cause) {
        error(message, cause);
    }
}
