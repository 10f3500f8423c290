package dev.loomgate.gateway.process;

import java.io.IOException;
import java.time.Duration;
import java.util.OptionalInt;

import io.helidon.http.Status;

import dev.loomgate.gateway.ExitStatus;
import dev.loomgate.gateway.GatewayException;
import dev.loomgate.gateway.ScriptFailedException;
import dev.loomgate.gateway.ScriptOutput;

/** A process's output under the time limits of its route, given up as soon as nobody wants it any more. */
final class TimedOutput extends ScriptOutput {
    /** How soon it is noticed that nobody wants the output of a script that ignores SIGTERM. */
    private static final Duration LOOK = Duration.ofMillis(500);

    /** How long a script that has closed its output may take to exit before it counts as ended well: longer than a busy machine needs. */
    private static final Duration EXIT = Duration.ofSeconds(1);

    private final ScriptProcess process;
    private final ProcessExchange exchange;

    TimedOutput(ScriptProcess process, ProcessExchange exchange) {
        this.process = process;
        this.exchange = exchange;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        exchange.touch();
        while (!process.awaitOutput(min(LOOK, exchange.timeLeft()))) {
            exchange.requireStillWanted();
            exchange.requireTimeLeft(process);
        }
        int n = process.read(buffer, offset, length);
        if (n < 0) {
            // a script that we ended has an end of output too
            exchange.requireStillWanted();
            exchange.noteEndOfOutput();
        }
        exchange.touch();
        return n;
    }

    @Override
    public boolean pauses(Duration patience) throws IOException {
        return !process.awaitOutput(patience);
    }

    @Override
    public void confirmEnd() throws IOException {
        OptionalInt exit = process.awaitExit(EXIT);
        if (exit.isPresent() && exit.getAsInt() < 0) {
            throw new ScriptFailedException(new GatewayException(Status.BAD_GATEWAY_502,
                    "the script " + ExitStatus.describe(exit.getAsInt()) + " in the middle of its output"));
        }
    }

    private static Duration min(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }
}
