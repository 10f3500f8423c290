package dev.loomgate.gateway;

/**
 * How a process has ended, as one number: its exit status, 0 to 255, or the signal that killed it, below zero. A shell adds 128 to a
 * signal instead, which can't be told from a status that is as high.
 */
public final class ExitStatus {
    private static final int SHELL_OFFSET = 128;
    private static final int LAST_SIGNAL = 64;

    private ExitStatus() {
    }

    /** Of what {@link Process#exitValue} says, which is what a shell says: from 129 to 192 a signal is more likely. */
    public static int ofJava(int exitValue) {
        boolean signal = exitValue > SHELL_OFFSET && exitValue <= SHELL_OFFSET + LAST_SIGNAL;
        return signal ? SHELL_OFFSET - exitValue : exitValue;
    }

    /** In words that follow those for the process: {@code exited with status 255}, {@code was killed by signal 9}. */
    public static String describe(int status) {
        return status < 0 ? "was killed by signal " + -status : "exited with status " + status;
    }
}
