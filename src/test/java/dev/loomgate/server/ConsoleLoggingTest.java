package dev.loomgate.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.PatternLayout;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import dev.loomgate.config.LogConfig;
import io.restassured.path.json.JsonPath;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;
import org.slf4j.event.KeyValuePair;

class ConsoleLoggingTest {
    private final LoggerContext context = new LoggerContext();
    private final ConsoleLogging logging = new ConsoleLogging();

    private String logged(LogConfig config, String message) {
        PrintStream before = System.err;
        var bytes = new ByteArrayOutputStream();
        System.setErr(new PrintStream(bytes, true, StandardCharsets.UTF_8));
        try {
            context.setMDCAdapter(new LogbackMDCAdapter());
            logging.install(context);
            logging.apply(context, config);
            context.getLogger("a.b.C").atInfo().addKeyValue("n", 7).log(message);
            context.stop();
        } finally {
            System.setErr(before);
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }

    @Test
    void writesALineForPeople() {
        assertThat(logged(LogConfig.DEFAULT, "hello")).matches("\\d{4}-\\S+ INFO  C: hello n=\"7\"\\R");
    }

    /** Its own code does what Logback's would do with a pattern. */
    @Test
    void writesThatLineAsLogbackDoesForThePattern() {
        context.setMDCAdapter(new LogbackMDCAdapter());
        var pattern = new PatternLayout();
        pattern.setContext(context);
        pattern.setPattern("%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX} %-5level %logger{0}: %msg %kvp%n");
        pattern.start();
        var ours = new LineLayout();
        var cause = new IllegalStateException("why", new IOException("deeper"));
        cause.addSuppressed(new IOException("while closing"));

        for (Level level : List.of(Level.ERROR, Level.INFO)) {
            var event = new LoggingEvent("", context.getLogger("a.b.C"), level, "to {} and {}", cause, new Object[]{"x", null});
            event.addKeyValuePair(new KeyValuePair("n", 7));
            event.addKeyValuePair(new KeyValuePair("of", null));
            assertThat(ours.doLayout(event)).isEqualTo(pattern.doLayout(event)).contains("Caused by");
        }
    }

    @Test
    void writesALoggerWithoutAPackage() {
        context.setMDCAdapter(new LogbackMDCAdapter());
        var event = new LoggingEvent("", context.getLogger("Plain"), Level.WARN, "hello", null, null);

        assertThat(new LineLayout().doLayout(event)).matches("\\S+ WARN  Plain: hello\\R");
    }

    @Test
    void writesAnObjectForPrograms() {
        String line = logged(new LogConfig("info", Map.of(), LogConfig.Format.JSON, Optional.empty()), "say \"hello\"");
        assertThat(line.lines()).hasSize(1);
        JsonPath event = JsonPath.from(line);
        assertThat(event.getString("level")).isEqualTo("INFO");
        assertThat(event.getString("loggerName")).isEqualTo("a.b.C");
        assertThat(event.getString("formattedMessage")).isEqualTo("say \"hello\"");
        assertThat(event.getInt("kvpList[0].n")).isEqualTo(7);
    }

    @Test
    void forgetsLevelsThatAreNotNamedAnyMore() {
        logging.install(context);
        logging.apply(context, new LogConfig("warn", Map.of("a.b", "debug")));
        assertThat(context.getLogger("a.b.C").getEffectiveLevel()).isEqualTo(Level.DEBUG);
        logging.apply(context, LogConfig.DEFAULT);
        assertThat(context.getLogger("a.b.C").getEffectiveLevel()).isEqualTo(Level.INFO);
    }

    @Test
    void changesALevelWhileItRuns() {
        assertThat(ConsoleLogging.setLevel("x.y", Optional.of("trace"))).isTrue();
        assertThat(LoggerFactory.getLogger("x.y.Z").isTraceEnabled()).isTrue();
        assertThat(ConsoleLogging.setLevel("x.y", Optional.empty())).isTrue();
        assertThat(LoggerFactory.getLogger("x.y.Z").isTraceEnabled()).isFalse();
    }
}
