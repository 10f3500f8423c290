package dev.loomgate.gateway.forkserver;

import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.time.Duration;
import java.util.List;

/**
 * Which scripts get a fork server, and for how long.
 *
 * @param mode        which scripts
 * @param plain       globs of scripts that run by plain CGI whatever the mode: with a slash for the path below the root, without
 *                    for the file's name
 * @param idleTimeout how long a fork server stays after the last request, above zero
 * @param loadTimeout how long a script may take to load, above zero
 * @param drivers     most driver processes for a script, 1 or more
 * @param requestsPerProcess how many requests a process serves before it ends, 1 or more; each finds the script's own variables
 *                    new, but of modules that come with the interpreter what earlier ones have left in them
 * @param spare       how processes are forked ahead of requests
 * @param directory   where a directory for sockets is made; its name must be short
 */
public record ForkServerSettings(Mode mode, List<String> plain, Duration idleTimeout, Duration loadTimeout, int drivers,
                                 int requestsPerProcess, Spare spare, Path directory) {
    /** Which scripts get a fork server. */
    public enum Mode {
        /** Those in Perl and Python that can be loaded; the others run by plain CGI. */
        AUTO,
        /** All; a script that can't have one is answered with 500. */
        FORK_SERVER
    }

    /**
     * Processes that wait for a request, forked ahead of it.
     *
     * @param count how many of each script that is loaded, 0 or more
     * @param limit most processes of a script for which any are forked ahead, those with a request included; 1 or more
     */
    public record Spare(int count, int limit) {
        /** None: a process is forked when there is a request for it. */
        public static final Spare NONE = new Spare(0, 1);

        /**
         * Checks every part.
         *
         * @throws IllegalArgumentException naming what is wrong
         */
        public Spare {
            if (count < 0 || limit < 1) {
                throw new IllegalArgumentException("count is " + count + ", limit " + limit + "; they must be 0 or more, and 1 or more");
            }
        }
    }

    /**
     * Checks every part.
     *
     * @throws IllegalArgumentException naming what is wrong
     */
    public ForkServerSettings {
        plain = List.copyOf(plain);
        plain.forEach(ForkServerSettings::matcher);
        if (!idleTimeout.isPositive() || !loadTimeout.isPositive() || drivers < 1 || requestsPerProcess < 1) {
            throw new IllegalArgumentException("idleTimeout is " + idleTimeout + ", loadTimeout " + loadTimeout + ", drivers "
                    + drivers + ", requestsPerProcess " + requestsPerProcess
                    + "; they must be longer than zero, and 1 or more");
        }
    }

    /** Perl and Python, stopped after ten minutes without a request, a driver for four processors. */
    public static ForkServerSettings defaults() {
        return new ForkServerSettings(Mode.AUTO, List.of(), Duration.ofMinutes(10), Duration.ofSeconds(30),
                Math.max(1, Runtime.getRuntime().availableProcessors() / 4), 1, Spare.NONE, Path.of(System.getProperty("java.io.tmpdir")));
    }

    /** These settings with another mode. */
    public ForkServerSettings withMode(Mode other) {
        return new ForkServerSettings(other, plain, idleTimeout, loadTimeout, drivers, requestsPerProcess, spare, directory);
    }

    /** These settings with other scripts that run by plain CGI. */
    public ForkServerSettings withPlain(List<String> globs) {
        return new ForkServerSettings(mode, globs, idleTimeout, loadTimeout, drivers, requestsPerProcess, spare, directory);
    }

    /** These settings with another time after which unused fork servers stop. */
    public ForkServerSettings withIdleTimeout(Duration limit) {
        return new ForkServerSettings(mode, plain, limit, loadTimeout, drivers, requestsPerProcess, spare, directory);
    }

    /** These settings with another time that loading may take. */
    public ForkServerSettings withLoadTimeout(Duration limit) {
        return new ForkServerSettings(mode, plain, idleTimeout, limit, drivers, requestsPerProcess, spare, directory);
    }

    /** These settings with another number of drivers. */
    public ForkServerSettings withDrivers(int most) {
        return new ForkServerSettings(mode, plain, idleTimeout, loadTimeout, most, requestsPerProcess, spare, directory);
    }

    /** These settings with another number of requests that a process serves. */
    public ForkServerSettings withRequestsPerProcess(int most) {
        return new ForkServerSettings(mode, plain, idleTimeout, loadTimeout, drivers, most, spare, directory);
    }

    /** These settings with other processes that are forked ahead of requests. */
    public ForkServerSettings withSpare(Spare other) {
        return new ForkServerSettings(mode, plain, idleTimeout, loadTimeout, drivers, requestsPerProcess, other, directory);
    }

    /** Whether a script, whose path is given as it is below the root, is to run by plain CGI. */
    boolean isPlain(Path below) {
        for (String glob : plain) {
            if (matcher(glob).matches(glob.indexOf('/') < 0 ? below.getFileName() : below)) {
                return true;
            }
        }
        return false;
    }

    private static PathMatcher matcher(String glob) {
        return FileSystems.getDefault().getPathMatcher("glob:" + glob);
    }
}
