package dev.loomgate.cli;

import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Properties;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A file beside the control socket that is there as long as the server runs. If it is still there at the next start, the server had
 * not stopped but died, and whoever looks after it, such as systemd, has started it again: that is counted, and shown by the status.
 * The count ends with a proper stop.
 */
final class RunRecord implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(RunRecord.class);
    private static final String PID = "pid";
    private static final String STARTED = "started";
    private static final String RESTARTS = "restarts";
    private static final String LAST_END = "last-end";
    private static final String SINCE = "since";

    private final Path file;
    private final Properties content;

    private RunRecord(Path file, Properties content) {
        this.file = file;
        this.content = content;
    }

    /**
     * Begins the record of this process.
     *
     * @param controlSocket where the control socket is; null if there is none, and thus no record
     * @param successor     whether another process gives way to this one
     */
    static RunRecord begin(Path controlSocket, boolean successor) {
        var content = new Properties();
        content.setProperty(PID, String.valueOf(ProcessHandle.current().pid()));
        content.setProperty(STARTED, started(ProcessHandle.current()));
        content.setProperty(RESTARTS, "0");
        if (controlSocket == null) {
            return new RunRecord(null, content);
        }
        Path file = controlSocket.resolveSibling(controlSocket.getFileName() + ".run");
        Properties before = read(file);
        String pid = before.getProperty(PID, "");
        boolean died = !pid.isEmpty() && !successor && !runs(before);
        if (successor || died) {
            for (String key : new String[]{RESTARTS, LAST_END, SINCE}) {
                if (before.containsKey(key)) {
                    content.setProperty(key, before.getProperty(key));
                }
            }
        }
        if (died) {
            content.setProperty(RESTARTS, String.valueOf(Long.parseLong(before.getProperty(RESTARTS, "0")) + 1));
            content.setProperty(LAST_END, "process " + pid + " ended without having been stopped");
            content.setProperty(SINCE, Instant.now().toString());
            LOGGER.atWarn().addKeyValue("restarts", content.getProperty(RESTARTS))
                    .log("started again: {}", content.getProperty(LAST_END));
        }
        write(file, content);
        return new RunRecord(file, content);
    }

    private static String started(ProcessHandle process) {
        return process.info().startInstant().map(Instant::toString).orElse("");
    }

    /** Whether it is this very process that runs, and not another that got its number. */
    private static boolean runs(Properties record) {
        return ProcessHandle.of(Long.parseLong(record.getProperty(PID))).filter(ProcessHandle::isAlive)
                .filter(process -> started(process).equals(record.getProperty(STARTED))).isPresent();
    }

    /** Empty if there is none that makes sense. */
    private static Properties read(Path file) {
        var content = new Properties();
        try {
            if (Files.exists(file)) {
                content.load(new StringReader(Files.readString(file)));
                Long.parseLong(content.getProperty(PID, "0"));
                Long.parseLong(content.getProperty(RESTARTS, "0"));
            }
        } catch (IOException | IllegalArgumentException e) {
            LOGGER.atDebug().addKeyValue("file", file).setCause(e).log("the record of the run before is of no use");
            content.clear();
        }
        return content;
    }

    private static void write(Path file, Properties content) {
        try {
            // Not Properties.store: it writes the date as well, in words, for which the JVM loads the names of all time zones. None of
            // these values has something to escape.
            var text = new StringBuilder();
            for (String key : content.stringPropertyNames()) {
                text.append(key).append('=').append(content.getProperty(key)).append('\n');
            }
            Path early = Files.writeString(file.resolveSibling(file.getFileName() + "." + content.getProperty(PID)), text);
            Files.move(early, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            LOGGER.atWarn().addKeyValue("file", file).addKeyValue("reason", e.toString())
                    .log("it will not be known if this server dies");
        }
    }

    /** For the status: how often it was started again, why, and when; empty if it was not. */
    Map<String, Object> status() {
        var status = new LinkedHashMap<String, Object>();
        if (content.containsKey(LAST_END)) {
            status.put("restarts", Long.valueOf(content.getProperty(RESTARTS)));
            status.put("lastEnd", content.getProperty(LAST_END));
            status.put("startedAgain", content.getProperty(SINCE));
        }
        return status;
    }

    /** Removes the file, unless another process has taken it over. */
    @Override
    public void close() {
        try {
            if (file != null && read(file).getProperty(PID, "").equals(content.getProperty(PID))) {
                Files.delete(file);
            }
        } catch (IOException e) {
            LOGGER.atDebug().addKeyValue("file", file).setCause(e).log("the record of this run is left");
        }
    }
}
