package dev.loomgate.gateway.process;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.Arrays;
import java.util.OptionalInt;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;

import dev.loomgate.gateway.ExitStatus;
import dev.loomgate.gateway.StderrLog;

/** A process that {@link BuilderLauncher} started: each of its pipes has a thread. */
final class BuiltProcess implements ScriptProcess {
    private static final int PIECES = 4;
    private static final byte[] END = new byte[0];
    private static final Duration LOOK_FOR_END = Duration.ofMillis(10);

    private final Process process;
    private final boolean ownGroup;
    private final Pump output;
    private final Thread errors;
    private final BlockingQueue<byte[]> input = new ArrayBlockingQueue<>(PIECES);
    private volatile boolean inputClosed;
    private volatile boolean inputBroken;
    private Thread feeder;

    BuiltProcess(Process process, boolean ownGroup, StderrLog stderr) {
        this.process = process;
        this.ownGroup = ownGroup;
        this.output = Pump.start(process.getInputStream(), "script-" + process.pid() + "-stdout");
        this.errors = Thread.ofPlatform().daemon().name("script-" + process.pid() + "-stderr").start(() -> logErrors(stderr));
    }

    private void logErrors(StderrLog stderr) {
        try (InputStream in = process.getErrorStream(); stderr) {
            byte[] buffer = new byte[4 * 1024];
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                stderr.accept(buffer, 0, n);
            }
        } catch (IOException e) {
            // closed under us, because the process has ended
        }
    }

    @Override
    public long pid() {
        return process.pid();
    }

    @Override
    public boolean awaitOutput(Duration limit) throws IOException {
        try {
            return output.await(limit.toNanos());
        } catch (InterruptedException e) {
            throw new InterruptedIOException("interrupted while waiting for a script");
        }
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        awaitOutput(Duration.ofNanos(Long.MAX_VALUE));
        return output.take(buffer, offset, length);
    }

    @Override
    public synchronized int write(byte[] buffer, int offset, int length) {
        if (inputClosed || inputBroken) {
            return -1;
        }
        if (feeder == null) {
            feeder = Thread.ofPlatform().daemon().name("script-" + process.pid() + "-stdin").start(this::feed);
        }
        return input.offer(Arrays.copyOfRange(buffer, offset, offset + length)) ? length : 0;
    }

    private void feed() {
        try (OutputStream out = process.getOutputStream()) {
            byte[] piece = input.take();
            while (piece != END && !(piece == null && inputClosed)) {
                if (piece != null) {
                    out.write(piece);
                    out.flush();
                }
                // the end has no place in a full queue
                piece = input.poll(LOOK_FOR_END.toMillis(), TimeUnit.MILLISECONDS);
            }
        } catch (IOException | InterruptedException e) {
            // the script reads no more, which it may do
            inputBroken = true;
        }
    }

    @Override
    public synchronized void closeStdin() {
        if (inputClosed) {
            return;
        }
        inputClosed = true;
        if (feeder != null) {
            boolean ignored = input.offer(END);
            return;
        }
        try {
            process.getOutputStream().close();
        } catch (IOException e) {
            // the script reads no more
        }
    }

    @Override
    public OptionalInt awaitExit(Duration limit) throws IOException {
        try {
            if (!process.waitFor(limit.toNanos(), TimeUnit.NANOSECONDS)) {
                return OptionalInt.empty();
            }
            return OptionalInt.of(ExitStatus.ofJava(process.exitValue()));
        } catch (InterruptedException e) {
            throw new InterruptedIOException("interrupted while waiting for a script");
        }
    }

    @Override
    public void signal(Signal signal) {
        if (ownGroup) {
            signalGroup(signal);
            return;
        }
        process.descendants().forEach(descendant -> signal(descendant, signal));
        signal(process.toHandle(), signal);
    }

    private static void signal(ProcessHandle process, Signal signal) {
        switch (signal) {
            case TERM -> process.destroy();
            case KILL -> process.destroyForcibly();
        }
    }

    private void signalGroup(Signal signal) {
        try {
            new ProcessBuilder("/bin/kill", "-" + signal.number(), "--", "-" + process.pid())
                    .redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
        } catch (IOException e) {
            signal(process.toHandle(), signal);
        }
    }

    @Override
    public void close() {
        closeStdin();
        output.abandon();
        errors.interrupt();
    }
}
