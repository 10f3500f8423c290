package dev.loomgate.cli;

/** Exit statuses of the process. */
final class ExitStatus {
    /** Everything went well; for {@code serve}: stopped by SIGTERM or SIGINT, and all requests ended in time. */
    static final int OK = 0;
    /** The server could not start, or requests had to be broken off when it stopped. */
    static final int FAILED = 1;
    /** The words of the command line are wrong. */
    static final int USAGE = 2;
    /** The configuration has mistakes: {@code EX_CONFIG} of sysexits.h. */
    static final int CONFIGURATION = 78;

    private ExitStatus() {
    }
}
