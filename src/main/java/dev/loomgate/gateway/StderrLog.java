package dev.loomgate.gateway;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * Error output of one run of a script, logged line by line under the script's name (logger
 * {@code dev.loomgate.gateway.stderr}). A line is cut at 1,000 bytes, and a run that writes more than 200 lines gets
 * 20 more a second: the rest is counted, so that no script can fill the log or hold itself up by it.
 *
 * <p>For one thread at a time.
 */
public final class StderrLog implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger("dev.loomgate.gateway.stderr");
    private static final int LONGEST = 1_000;
    private static final int BURST = 200;
    private static final long NANOS_A_LINE = 1_000_000_000L / 20;

    private final Path script;
    private byte[] line = new byte[0];
    private int length;
    private boolean cut;
    private long pid;
    private long lines;
    private long leftOut;
    private final long since = System.nanoTime();

    /** For a run of this script. */
    public StderrLog(Path script) {
        this.script = script;
    }

    /** Says which process it is, if it is one. */
    public void pid(long processId) {
        this.pid = processId;
    }

    /** Takes some of what the script writes. */
    public void accept(byte[] bytes, int offset, int count) {
        if (line.length == 0) {
            // most runs write nothing
            line = new byte[LONGEST];
        }
        for (int i = offset; i < offset + count; i++) {
            if (bytes[i] == '\n') {
                endLine();
            } else if (length < LONGEST) {
                line[length++] = bytes[i];
            } else {
                cut = true;
            }
        }
    }

    private void endLine() {
        if (length > 0 && line[length - 1] == '\r') {
            length--;
        }
        if (length > 0) {
            if (lines - BURST > (System.nanoTime() - since) / NANOS_A_LINE) {
                leftOut++;
            } else {
                lines++;
                log(text() + (cut ? " [cut]" : ""));
            }
        }
        length = 0;
        cut = false;
    }

    /** The line without control characters, which could forge other lines or move a terminal's cursor. */
    private String text() {
        String decoded = new String(line, 0, length, StandardCharsets.UTF_8);
        var clean = new StringBuilder(decoded.length());
        decoded.chars().forEach(c -> {
            if (c == '\t' || !Character.isISOControl(c)) {
                clean.append((char) c);
            } else {
                clean.append(String.format("\\x%02X", c));
            }
        });
        return clean.toString();
    }

    private void log(String text) {
        LoggingEventBuilder event = LOGGER.atWarn().addKeyValue("script", script);
        (pid == 0 ? event : event.addKeyValue("pid", pid)).log("{}", text);
    }

    /** Logs what has no line end yet, and how much was left out. */
    @Override
    public void close() {
        endLine();
        if (leftOut > 0) {
            log("[" + leftOut + " more lines left out]");
            leftOut = 0;
        }
    }
}
