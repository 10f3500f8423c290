package dev.loomgate.guard;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How many connections the process can have: each takes a file descriptor, and so do files, scripts and libraries. */
final class ConnectionMaximum {
    private static final Logger LOGGER = LoggerFactory.getLogger(ConnectionMaximum.class);
    private static final Pattern OPEN_FILES = Pattern.compile("Max open files\\s+(\\d+|unlimited)");
    private static final int LOW = 4096;
    private static final int LEAST = 16;
    private static final int LEAST_SPARE = 64;

    private ConnectionMaximum() {
    }

    static int of(GuardSettings settings) {
        OptionalInt descriptors = descriptors(settings.proc);
        int wanted = settings.maxConnections;
        if (wanted == GuardSettings.UNLIMITED || descriptors.isEmpty()) {
            return wanted == GuardSettings.AUTO ? GuardSettings.UNLIMITED : wanted;
        }
        int limit = descriptors.getAsInt();
        int possible = Math.max(LEAST, limit - Math.max(LEAST_SPARE, limit / 5));
        if (wanted == GuardSettings.AUTO) {
            if (limit < LOW) {
                LOGGER.atWarn().addKeyValue("descriptors", limit).addKeyValue("maxConnections", possible)
                        .log("the limit of open files is low; raise it (ulimit -n, LimitNOFILE) for more connections");
            }
            return possible;
        }
        if (wanted > possible) {
            LOGGER.atWarn().addKeyValue("descriptors", limit).addKeyValue("maxConnections", wanted)
                    .log("the limit of open files is too low for so many connections; raise it (ulimit -n, LimitNOFILE)");
        }
        return wanted;
    }

    /** The process's limit of open files: the one in force, that the JVM has raised as far as it may. */
    private static OptionalInt descriptors(Path proc) {
        try {
            Matcher matcher = OPEN_FILES.matcher(Files.readString(proc.resolve("self/limits")));
            if (matcher.find() && !matcher.group(1).equals("unlimited")) {
                return OptionalInt.of((int) Math.min(Integer.MAX_VALUE, Long.parseLong(matcher.group(1))));
            }
        } catch (IOException e) {
            LOGGER.debug("the limit of open files is not known here", e);
        }
        return OptionalInt.empty();
    }
}
