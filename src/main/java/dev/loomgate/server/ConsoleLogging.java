package dev.loomgate.server;

import java.util.List;
import java.util.Optional;
import java.util.Set;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.JsonEncoder;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.encoder.EncoderBase;
import ch.qos.logback.core.encoder.LayoutWrappingEncoder;
import ch.qos.logback.core.spi.ContextAwareBase;
import ch.qos.logback.core.status.NopStatusListener;
import dev.loomgate.config.LogConfig;
import org.slf4j.LoggerFactory;

/**
 * Sets up Logback: one line an event on standard error. It is done in code because reading the same from XML takes a good part
 * of the time that the server needs to start. Logback finds this class through its service file. A file of Logback's own
 * ({@code -Dlogback.configurationFile}, or {@code logback.xml} on the class path) takes precedence: whoever wants other
 * appenders or formats has the last word.
 */
public final class ConsoleLogging extends ContextAwareBase implements Configurator {
    private static final String OWN_FILE = "logback.configurationFile";
    private static final List<String> OWN_RESOURCES = List.of("logback-test.xml", "logback.xml");
    private static final String OURS = ConsoleLogging.class.getName();

    private final ConsoleAppender<ILoggingEvent> console = new ConsoleAppender<>();
    private LogConfig.Format written;
    private Set<String> named = Set.of();

    @Override
    public ExecutionStatus configure(LoggerContext context) {
        ClassLoader classes = ConsoleLogging.class.getClassLoader();
        boolean ownResource = OWN_RESOURCES.stream().anyMatch(name -> classes.getResource(name) != null);
        if (ownResource || System.getProperty(OWN_FILE) != null) {
            return ExecutionStatus.NEUTRAL;
        }
        install(context);
        return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
    }

    void install(LoggerContext context) {
        console.setContext(context);
        console.setName("console");
        console.setTarget("System.err");
        write(context, LogConfig.Format.TEXT);
        console.start();
        Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
        root.setLevel(Level.INFO);
        root.addAppender(console);
        context.putObject(OURS, this);
        // Else Logback looks for complaints about its configuration, and what prints them takes longer to load than all that is done here
        context.getStatusManager().add(new NopStatusListener());
    }

    /**
     * Sets the format and the levels that the configuration names, unless a file of Logback's own decides about logging.
     * A logger that was named before, and is not any more, follows its package again.
     */
    static void apply(LogConfig log) {
        if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context
                && context.getObject(OURS) instanceof ConsoleLogging ours) {
            ours.apply(context, log);
        }
    }

    void apply(LoggerContext context, LogConfig log) {
        write(context, log.format());
        named.stream().filter(name -> !log.loggers().containsKey(name)).forEach(name -> context.getLogger(name).setLevel(null));
        named = log.loggers().keySet();
        context.getLogger(Logger.ROOT_LOGGER_NAME).setLevel(Level.toLevel(log.level()));
        log.loggers().forEach((name, value) -> context.getLogger(name).setLevel(Level.toLevel(value)));
    }

    /**
     * Changes one level while the server runs, also if a file of Logback's own decides about logging.
     *
     * @param logger name of a logger, a package or a class; empty for everything that no other level is for
     * @param level  off, error, warn, info, debug or trace; empty to have the logger follow the package that it is in
     * @return false if logging is not Logback's, so that nothing was changed
     */
    static boolean setLevel(String logger, Optional<String> level) {
        if (!(LoggerFactory.getILoggerFactory() instanceof LoggerContext context)) {
            return false;
        }
        boolean root = logger.isEmpty();
        context.getLogger(root ? Logger.ROOT_LOGGER_NAME : logger)
                .setLevel(level.map(Level::toLevel).orElse(root ? Level.INFO : null));
        return true;
    }

    private void write(LoggerContext context, LogConfig.Format format) {
        if (format == written) {
            return;
        }
        written = format;
        EncoderBase<ILoggingEvent> encoder = switch (format) {
            case TEXT -> text();
            case JSON -> {
                var json = new JsonEncoder();
                // what a log collector wants; numbers of events and of nanoseconds, and the context, it does not
                json.setWithSequenceNumber(false);
                json.setWithNanoseconds(false);
                json.setWithContext(false);
                json.setWithMarkers(false);
                json.setWithMDC(false);
                json.setWithArguments(false);
                json.setWithMessage(false);
                json.setWithFormattedMessage(true);
                yield json;
            }
        };
        encoder.setContext(context);
        encoder.start();
        console.setEncoder(encoder);
    }

    private static LayoutWrappingEncoder<ILoggingEvent> text() {
        var text = new LayoutWrappingEncoder<ILoggingEvent>();
        text.setLayout(new LineLayout());
        return text;
    }
}
