package dev.loomgate.gateway.process;

import java.io.IOException;
import java.time.Duration;
import java.util.OptionalInt;

import dev.loomgate.gateway.ExitStatus;

/**
 * A running script. One thread reads its output and waits for its end; another may write its input; {@link #signal} may be
 * called from any. Waiting blocks the thread that waits: use a platform thread.
 */
sealed interface ScriptProcess extends AutoCloseable permits SpawnedProcess, BuiltProcess {
    /** Signals that end a process. */
    enum Signal {
        /** Asks it to end. */
        TERM(15),
        /** Ends it. */
        KILL(9);

        private final int number;

        Signal(int number) {
            this.number = number;
        }

        int number() {
            return number;
        }
    }

    /** Process id, also the id of the process group. */
    long pid();

    /**
     * Waits until there is output or its end.
     *
     * @return whether there is; false if time is up
     */
    boolean awaitOutput(Duration limit) throws IOException;

    /**
     * Reads output; blocks if there is none.
     *
     * @return number of bytes, 1 or more, or -1 at the end
     */
    int read(byte[] buffer, int offset, int length) throws IOException;

    /**
     * Writes to the script's input as much as it takes now. Does not block.
     *
     * @return number of bytes written; 0 if the script has not read what it got before; -1 if it never will
     */
    int write(byte[] buffer, int offset, int length);

    /** Ends the script's input. Idempotent. */
    void closeStdin();

    /**
     * Waits for the script to exit.
     *
     * @return the exit status, or the signal that killed it, below zero ({@link ExitStatus}); empty if time is up
     */
    OptionalInt awaitExit(Duration limit) throws IOException;

    /** Sends a signal to the script and everything that it has started and not moved elsewhere. Any thread may. */
    void signal(Signal signal);

    /** Lets go of the process, which has exited or been killed, and of the pipes. Idempotent. */
    @Override
    void close();
}
