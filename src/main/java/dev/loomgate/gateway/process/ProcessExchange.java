package dev.loomgate.gateway.process;

import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

import io.helidon.http.Status;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import dev.loomgate.gateway.Exchange;
import dev.loomgate.gateway.ExitStatus;
import dev.loomgate.gateway.GatewayException;
import dev.loomgate.gateway.RequestBody;
import dev.loomgate.gateway.ResponseRelay;
import dev.loomgate.gateway.ScriptFailedException;
import dev.loomgate.gateway.ScriptResponse;
import dev.loomgate.gateway.StderrLog;

/**
 * One run of a script for one request. Two threads share it: the connection's, which reads the request and waits, and the
 * script's, a platform thread, which starts the process, passes its output on as the response, and stays with the process
 * until it has exited. The first touches the request only, the second the response only.
 */
final class ProcessExchange extends Exchange {
    private static final Logger LOGGER = LoggerFactory.getLogger(ProcessExchange.class);

    /** Bytes that a new pipe takes without being read, whatever the system's limits. */
    private static final int PIPE_TAKES = 4096;
    private static final int PIECE = 16 * 1024;
    private static final int LONGEST_NAP_MILLIS = 16;

    /** How long an error waits for the exit status that may explain it. */
    private static final Duration EXPLANATION = Duration.ofMillis(200);
    private static final Duration DEATH = Duration.ofSeconds(5);

    private final Launcher launcher;
    private final ProcessSettings settings;
    private final Command command;
    private final RequestBody body;
    private final ResponseRelay relay;
    private final CountDownLatch started = new CountDownLatch(1);
    private final CountDownLatch answered = new CountDownLatch(1);

    // guarded by this
    private ScriptProcess process;

    private byte[] firstPiece = new byte[0];

    // written before answered is counted down
    private Optional<ScriptResponse.LocalRedirect> redirect = Optional.empty();
    private Exception failure;

    ProcessExchange(Launcher launcher, ProcessSettings settings, Command command, RequestBody body, ResponseRelay relay) {
        super(settings.limits());
        this.launcher = launcher;
        this.settings = settings;
        this.command = command;
        this.body = body;
        this.relay = relay;
    }

    @Override
    protected void breakOff() {
        if (process != null) {
            process.signal(ScriptProcess.Signal.TERM);
        }
    }

    // ---- the connection's thread

    /**
     * Reads what this thread has to give to the script first. To be called before the script runs: reading may tell the client
     * to go on (100 Continue), which must come before any response, and a client that never sends anything starts no process.
     */
    void receiveFirstPiece() throws IOException {
        firstPiece = switch (body) {
            case RequestBody.InMemory whole when whole.bytes().length > PIPE_TAKES -> whole.bytes();
            case RequestBody.Streamed streamed -> {
                byte[] piece = new byte[PIECE];
                int n = streamed.stream().read(piece);
                yield Arrays.copyOf(piece, Math.max(n, 0));
            }
            default -> new byte[0];
        };
    }

    /**
     * Runs the script and answers the request with what it writes.
     *
     * @param scripts runs the script's part on a thread of its own
     * @param atEnd   run when the process has exited, which may be after this method has returned
     * @return the local redirect to follow, if the script asks for one
     * @throws GatewayException if the script failed
     * @throws IOException      if the client failed, or has gone
     */
    Optional<ScriptResponse.LocalRedirect> run(Executor scripts, Runnable atEnd) throws GatewayException, IOException {
        try {
            scripts.execute(() -> runScript(atEnd));
        } catch (RejectedExecutionException e) {
            atEnd.run();
            throw new GatewayException(Status.SERVICE_UNAVAILABLE_503, Cancellation.SERVER_STOPS.reason());
        } catch (RuntimeException | Error e) {
            atEnd.run();
            throw e;
        }
        try {
            if (firstPiece.length > 0) {
                feed();
            }
        } catch (IOException | RuntimeException e) {
            cancel(Cancellation.CLIENT_GONE);
            throw e;
        } finally {
            awaitAnswer();
        }
        switch (failure) {
            case null -> {
                return redirect;
            }
            case ScriptFailedException e -> throw e.failure();
            case GatewayException e -> throw e;
            case IOException e -> throw e;
            case RuntimeException e -> throw e;
            default -> throw new IllegalStateException(failure);
        }
    }

    private void feed() throws IOException {
        try {
            started.await();
            ScriptProcess script;
            synchronized (this) {
                script = process;
            }
            if (script == null) {
                return;
            }
            boolean taken = give(script, firstPiece, firstPiece.length);
            if (body instanceof RequestBody.Streamed streamed) {
                byte[] piece = new byte[PIECE];
                for (int n = 0; taken && n >= 0; n = streamed.stream().read(piece)) {
                    taken = give(script, piece, n);
                }
            }
            script.closeStdin();
        } catch (InterruptedException e) {
            cancel(Cancellation.SERVER_STOPS);
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Hands bytes to the script as it takes them. Naps while it does not: Java has nothing to park a virtual thread on until
     * a pipe can be written.
     *
     * @return whether it took them; false if it won't read any more, or has answered and does not read on
     */
    private boolean give(ScriptProcess script, byte[] bytes, int length) throws InterruptedException {
        int given = 0;
        int nap = 1;
        while (given < length) {
            int n = script.write(bytes, given, length - given);
            if (n < 0 || n == 0 && (answered.getCount() == 0 || unwanted().isPresent())) {
                return false;
            }
            if (n == 0) {
                Thread.sleep(nap);
                nap = Math.min(nap * 2, LONGEST_NAP_MILLIS);
                continue;
            }
            given += n;
            nap = 1;
            touch();
        }
        return true;
    }

    /** The response belongs to the script's thread until it says otherwise, so this waits even if interrupted. */
    private void awaitAnswer() {
        boolean interrupted = false;
        while (true) {
            try {
                answered.await();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
                cancel(Cancellation.SERVER_STOPS);
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    // ---- the script's thread

    private void runScript(Runnable atEnd) {
        try (ScriptProcess script = start()) {
            try {
                redirect = relay.relay(new TimedOutput(script, this));
            } catch (GatewayException e) {
                failure = explained(e, script);
            } catch (IOException | RuntimeException e) {
                failure = e;
            } finally {
                answered.countDown();
            }
            stayUntilExit(script);
        } catch (GatewayException | IOException | RuntimeException e) {
            if (answered.getCount() > 0) {
                failure = e;
            } else {
                LOGGER.atError().addKeyValue("script", command.script()).setCause(e).log("lost track of a script's process");
            }
        } finally {
            started.countDown();
            answered.countDown();
            atEnd.run();
        }
    }

    private ScriptProcess start() throws GatewayException {
        startClock();
        ScriptProcess script = launcher.launch(command, new StderrLog(command.script()));
        synchronized (this) {
            process = script;
            if (unwanted().isPresent()) {
                script.signal(ScriptProcess.Signal.TERM);
            }
        }
        if (body instanceof RequestBody.InMemory whole && whole.bytes().length <= PIPE_TAKES) {
            script.write(whole.bytes(), 0, whole.bytes().length);
            script.closeStdin();
        }
        started.countDown();
        return script;
    }

    private GatewayException explained(GatewayException e, ScriptProcess script) throws IOException {
        OptionalInt exit = relay.hasBegun() ? OptionalInt.empty() : script.awaitExit(EXPLANATION);
        return exit.isEmpty() ? e : new GatewayException(e.status(), e.getMessage() + " (" + describe(exit.getAsInt()) + ")");
    }

    private static String describe(int exit) {
        return "it " + ExitStatus.describe(exit);
    }

    private void stayUntilExit(ScriptProcess script) throws IOException {
        OptionalInt exit = OptionalInt.empty();
        if (failure == null) {
            exit = awaitExitInTime(script);
        } else if (failure instanceof GatewayException) {
            // it may have ended by itself; if not, nobody listens to it any more
            exit = script.awaitExit(Duration.ZERO);
        }
        if (exit.isEmpty()) {
            end(script);
        } else if (exit.getAsInt() != 0 && failure == null) {
            LOGGER.atWarn().addKeyValue("script", command.script()).addKeyValue("pid", script.pid())
                    .log("script answered, but {}", describe(exit.getAsInt()));
        }
    }

    private OptionalInt awaitExitInTime(ScriptProcess script) throws IOException {
        touch();
        while (unwanted().isEmpty() && timeLeft().isPositive()) {
            Duration limit = timeLeft().compareTo(DEATH) < 0 ? timeLeft() : DEATH;
            OptionalInt exit = script.awaitExit(limit);
            if (exit.isPresent()) {
                return exit;
            }
        }
        String reason = unwanted().isPresent() ? unwanted().get().reason() : "it went on too long after it closed its output";
        LOGGER.atWarn().addKeyValue("script", command.script()).addKeyValue("pid", script.pid())
                .log("script is ended, because {}", reason);
        return OptionalInt.empty();
    }

    private void end(ScriptProcess script) throws IOException {
        script.signal(ScriptProcess.Signal.TERM);
        script.awaitExit(settings.terminationGrace());
        // also if the script has exited: what it started may have ignored the first signal
        script.signal(ScriptProcess.Signal.KILL);
        script.awaitExit(DEATH);
    }

    /** The script has closed its output: whether the client stays does not matter any more. */
    void noteEndOfOutput() {
        outputEnded();
    }

    /** Fails if a time limit has passed. */
    void requireTimeLeft(ScriptProcess script) throws IOException {
        if (!timeLeft().isZero()) {
            return;
        }
        String hint = script.awaitExit(Duration.ZERO).isEmpty() ? "" : "; it has exited, but a process that it started "
                + "holds its output open: start such a process with its output redirected (> /dev/null 2>&1)";
        throw new ScriptFailedException(new GatewayException(Status.GATEWAY_TIMEOUT_504, lateness() + hint));
    }
}
