package dev.loomgate.server;

import java.util.List;
import java.util.Map;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.spi.ContextAwareBase;
import org.slf4j.LoggerFactory;

/**
 * Sets up Logback: one line an event on standard error. It is done in code because reading the same from XML takes a good part
 * of the time that the server needs to start. Logback finds this class through its service file. A file of Logback's own
 * ({@code -Dlogback.configurationFile}, or {@code logback.xml} on the class path) takes precedence: whoever wants other
 * appenders or formats has the last word.
 */
public final class ConsoleLogging extends ContextAwareBase implements Configurator {
    private static final String PATTERN = "%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX} %-5level %logger{0}: %msg %kvp%n";
    private static final String OWN_FILE = "logback.configurationFile";
    private static final List<String> OWN_RESOURCES = List.of("logback-test.xml", "logback.xml");
    private static final String OURS = ConsoleLogging.class.getName();

    @Override
    public ExecutionStatus configure(LoggerContext context) {
        ClassLoader classes = ConsoleLogging.class.getClassLoader();
        boolean ownResource = OWN_RESOURCES.stream().anyMatch(name -> classes.getResource(name) != null);
        if (ownResource || System.getProperty(OWN_FILE) != null) {
            return ExecutionStatus.NEUTRAL;
        }
        var encoder = new PatternLayoutEncoder();
        encoder.setContext(context);
        encoder.setPattern(PATTERN);
        encoder.start();
        var console = new ConsoleAppender<ILoggingEvent>();
        console.setContext(context);
        console.setName("console");
        console.setTarget("System.err");
        console.setEncoder(encoder);
        console.start();
        Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
        root.setLevel(Level.INFO);
        root.addAppender(console);
        context.putObject(OURS, this);
        return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
    }

    /**
     * Sets the levels that the configuration names, unless a file of Logback's own decides about logging.
     *
     * @param level   level of everything that no logger below names
     * @param loggers level by name of logger: a package or a class
     */
    static void apply(String level, Map<String, String> loggers) {
        if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context && context.getObject(OURS) != null) {
            context.getLogger(Logger.ROOT_LOGGER_NAME).setLevel(Level.toLevel(level));
            loggers.forEach((name, value) -> context.getLogger(name).setLevel(Level.toLevel(value)));
        }
    }
}
