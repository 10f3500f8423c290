package dev.loomgate.gateway;

import java.io.EOFException;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Optional;

import io.helidon.http.Status;

import dev.loomgate.upstream.UnavailableException;

/**
 * One request while a script works on it: where it waits, how much time it has left, and why it is ended before its time. Safe
 * for use by many threads.
 */
public abstract class Exchange {
    private final ExchangeLimits limits;
    private volatile long lastProgress = System.nanoTime();
    private volatile long startTime = lastProgress;
    private volatile Cancellation unwanted;
    // guarded by this
    private Thread queued;
    // guarded by this
    private boolean outputEnded;

    /** Begins now. */
    protected Exchange(ExchangeLimits limits) {
        this.limits = limits;
    }

    /** Why an exchange is ended before its time. */
    public enum Cancellation {
        /** Nobody waits for the answer any more. */
        CLIENT_GONE("its client has gone"),
        /** The server, or the route, ends. */
        SERVER_STOPS("the server stops");

        private final String reason;

        Cancellation(String reason) {
            this.reason = reason;
        }

        /** The reason in words. */
        public String reason() {
            return reason;
        }
    }

    /** Something that a request waits for in a queue. */
    public interface Queue {
        /** Waits. */
        void await() throws UnavailableException, InterruptedException;
    }

    // ---- any thread

    /** Ends the exchange. Any number of times. A client that goes when the script has closed its output ends nothing. */
    public final synchronized void cancel(Cancellation reason) {
        if (outputEnded && reason == Cancellation.CLIENT_GONE) {
            return;
        }
        unwanted = reason;
        if (queued != null) {
            queued.interrupt();
        }
        breakOff();
    }

    /**
     * Ends what the script does for this request, if it has begun; does not wait. Called with this object's lock held: what
     * it ends is to be set with the lock held, and {@link #unwanted} to be asked then.
     */
    protected abstract void breakOff();

    /** Why the exchange is to end, if it is. */
    protected final Optional<Cancellation> unwanted() {
        return Optional.ofNullable(unwanted);
    }

    /**
     * Fails if the exchange was cancelled; as the client's failure if the client has gone.
     *
     * @throws IOException if so
     */
    public final void requireStillWanted() throws IOException {
        switch (unwanted) {
            case null -> {
                // the usual case
            }
            case CLIENT_GONE -> throw new EOFException("the client went away before its request was answered");
            case SERVER_STOPS -> throw new ScriptFailedException(new GatewayException(
                    Status.SERVICE_UNAVAILABLE_503, "the script was ended, because " + unwanted.reason));
        }
    }

    /**
     * Notes that the script has closed its output. What it does from now on is not for the client, which may have left as soon
     * as it had the whole answer. To be called before the end of the answer is sent.
     */
    protected final synchronized void outputEnded() {
        outputEnded = true;
    }

    // ---- the connection's thread

    /**
     * Waits, and stops waiting when the exchange is cancelled.
     *
     * @throws GatewayException     if there is no hope: 503 for want of a place, 502 or 504 for want of a program
     * @throws IOException          if the client goes away
     * @throws InterruptedException if this thread is interrupted, not by {@link #cancel}
     */
    public final void awaitIn(Queue queue) throws GatewayException, IOException, InterruptedException {
        synchronized (this) {
            queued = Thread.currentThread();
        }
        try {
            requireStillWanted();
            queue.await();
        } catch (UnavailableException e) {
            throw unavailable(e);
        } catch (InterruptedException e) {
            requireStillWanted();
            throw e;
        } finally {
            synchronized (this) {
                queued = null;
                if (unwanted != null) {
                    // the interrupt was for the queue alone
                    Thread.interrupted();
                }
            }
        }
    }

    /**
     * What a client is told if there is no place, which is 503, or no program: 504 if nobody said no in time (RFC 9110 section
     * 15.6.5), else 502.
     */
    public static GatewayException unavailable(UnavailableException e) {
        Status status = e.retryAfter().isPresent() ? Status.SERVICE_UNAVAILABLE_503
                : e.getCause() instanceof SocketTimeoutException ? Status.GATEWAY_TIMEOUT_504 : Status.BAD_GATEWAY_502;
        return new GatewayException(status, e.getMessage(), e.retryAfter().orElse(null), e);
    }

    // ---- time

    /** Starts the clock again: the script begins now. */
    protected final void startClock() {
        startTime = System.nanoTime();
        lastProgress = startTime;
    }

    /** Notes a sign of life. */
    public final void touch() {
        lastProgress = System.nanoTime();
    }

    /** Time until the nearer of the two limits; zero if it has passed. */
    public final Duration timeLeft() {
        long now = System.nanoTime();
        Duration quiet = limits.silence().minusNanos(now - lastProgress);
        Duration run = limits.run().map(limit -> limit.minusNanos(now - startTime)).orElse(quiet);
        Duration left = quiet.compareTo(run) < 0 ? quiet : run;
        return left.isNegative() ? Duration.ZERO : left;
    }

    /** What to say of a script whose time is up. */
    protected final String lateness() {
        boolean silent = System.nanoTime() - lastProgress >= limits.silence().toNanos();
        return silent
                ? "the script was ended after it had neither written nor read anything for " + limits.silence()
                : "the script was ended after running for " + limits.run().orElse(limits.silence());
    }
}
