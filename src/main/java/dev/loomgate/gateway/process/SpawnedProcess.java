package dev.loomgate.gateway.process;

import java.io.IOException;
import java.time.Duration;
import java.util.OptionalInt;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import dev.loomgate.foreign.Libc;
import dev.loomgate.gateway.StderrLog;

/**
 * A process that {@link SpawnLauncher} started. One {@code poll} waits for output and error output at once, so that a script
 * costs one thread and its error output never blocks it. The process stays unreaped until {@link #close}, so that its id, and
 * with it its group's, can't come to name another process while a signal may still be sent.
 */
final class SpawnedProcess implements ScriptProcess {
    private static final Logger LOGGER = LoggerFactory.getLogger(SpawnedProcess.class);
    private static final int LONGEST_NAP = 100;
    private static final int ERROR_PIECE = 4 * 1024;

    /** Reads it takes to empty a full pipe; children that write on could keep us here otherwise. */
    private static final int MOST_LAST_READS = 32;

    private final Libc libc;
    private final SpawnLauncher launcher;
    private final int pid;
    private final Scratch scratch;
    private final StderrLog stderr;
    private int stdout;
    private int errors;

    // The lock keeps a descriptor's or process's number from being used after it was given back to the system.
    private final Object inputLock = new Object();
    private Scratch inputScratch;
    private int stdin;
    private final Object reapLock = new Object();
    private boolean reaped;

    /** This server's ends of the pipes; -1: no pipe. */
    record Descriptors(int stdin, int stdout, int stderr) {
    }

    SpawnedProcess(Libc libc, SpawnLauncher launcher, int pid, Descriptors pipes, Scratch scratch, StderrLog stderr) {
        this.libc = libc;
        this.launcher = launcher;
        this.pid = pid;
        this.stdin = pipes.stdin();
        this.stdout = pipes.stdout();
        this.errors = pipes.stderr();
        this.scratch = scratch;
        this.stderr = stderr;
    }

    @Override
    public long pid() {
        return pid;
    }

    @Override
    public boolean awaitOutput(Duration limit) {
        long deadline = System.nanoTime() + limit.toNanos();
        while (true) {
            long left = Math.max(0, deadline - System.nanoTime());
            poll(stdout, left);
            if (scratch.isReady(0)) {
                return true;
            }
            if (left == 0) {
                return false;
            }
        }
    }

    /** Waits for output and logs error output meanwhile; rounds up to whole milliseconds. */
    private void poll(int output, long nanos) {
        int milliseconds = (int) Math.min(Integer.MAX_VALUE, (nanos + 999_999) / 1_000_000);
        libc.poll(scratch.poll(output, errors), 2, milliseconds);
        if (scratch.isReady(1)) {
            int n = (int) libc.read(errors, scratch.data(), ERROR_PIECE);
            if (n > 0) {
                byte[] errorText = new byte[n];
                scratch.getData(errorText, 0, n);
                stderr.accept(errorText, 0, n);
            } else {
                libc.close(errors);
                errors = -1;
            }
        }
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        int n = (int) libc.read(stdout, scratch.data(), Math.min(length, Scratch.DATA_SIZE));
        if (n < 0) {
            throw new IOException("output of process " + pid + " can't be read");
        }
        scratch.getData(buffer, offset, n);
        return n == 0 ? -1 : n;
    }

    @Override
    public int write(byte[] buffer, int offset, int length) {
        synchronized (inputLock) {
            if (stdin < 0) {
                return -1;
            }
            if (inputScratch == null) {
                inputScratch = launcher.inputScratch();
            }
            int count = Math.min(length, Scratch.DATA_SIZE);
            inputScratch.putData(0, buffer, offset, count);
            long written = libc.write(stdin, inputScratch.data(), count);
            if (written >= 0) {
                return (int) written;
            }
            // the pipe is full, or nobody will ever read it: then the system reports an error on it
            libc.poll(inputScratch.poll(stdin, -1), 2, 0);
            return inputScratch.isReady(0) ? -1 : 0;
        }
    }

    @Override
    public void closeStdin() {
        synchronized (inputLock) {
            if (stdin >= 0) {
                libc.close(stdin);
                stdin = -1;
            }
            if (inputScratch != null) {
                launcher.giveBack(inputScratch);
                inputScratch = null;
            }
        }
    }

    @Override
    public OptionalInt awaitExit(Duration limit) {
        long deadline = System.nanoTime() + limit.toNanos();
        int nap = 1;
        while (true) {
            libc.waitid(Libc.P_PID, pid, scratch.signalInformation(), Libc.WEXITED | Libc.WNOHANG | Libc.WNOWAIT);
            if (scratch.signalPid() != 0) {
                int status = scratch.signalStatus();
                int exit = scratch.signalCode() == Libc.CLD_EXITED ? status & 0xFF : -status;
                drainErrors();
                return OptionalInt.of(exit);
            }
            long left = deadline - System.nanoTime();
            if (left <= 0) {
                return OptionalInt.empty();
            }
            poll(-1, Math.min(left, nap * 1_000_000L));
            nap = Math.min(nap * 2, LONGEST_NAP);
        }
    }

    /** What the process wrote before it ended; what its children still write is not waited for. */
    private void drainErrors() {
        boolean more = errors >= 0;
        for (int reads = 0; more && reads < MOST_LAST_READS; reads++) {
            poll(-1, 0);
            more = scratch.isReady(1) && errors >= 0;
        }
    }

    @Override
    public void signal(Signal signal) {
        synchronized (reapLock) {
            if (!reaped) {
                libc.kill(-pid, signal.number());
            }
        }
    }

    @Override
    public void close() {
        synchronized (reapLock) {
            if (reaped) {
                return;
            }
            reaped = true;
            if (libc.waitpid(pid, 0, Libc.WNOHANG) == 0) {
                reapLater();
            }
        }
        closeStdin();
        libc.close(stdout);
        stdout = -1;
        if (errors >= 0) {
            libc.close(errors);
            errors = -1;
        }
        stderr.close();
        launcher.giveBack(scratch);
    }

    /** Not even SIGKILL ends a process that waits for a broken disk or network file system. */
    private void reapLater() {
        LOGGER.atError().addKeyValue("pid", pid).log("process can't be killed; it hangs inside the system");
        Thread.ofPlatform().daemon().name("reaper-" + pid).start(() -> libc.waitpid(pid, 0, 0));
    }
}
