package dev.loomgate.http;

import java.io.IOException;
import java.util.function.Supplier;

import dev.loomgate.transport.DeadlineException;
import io.helidon.common.buffers.BufferData;
import io.helidon.http.DirectHandler.EventType;
import io.helidon.http.Headers;
import io.helidon.http.RequestException;
import io.helidon.http.Status;
import io.helidon.http.WritableHeaders;
import io.helidon.webserver.ServerConnectionException;

/**
 * The body of one request as it comes: each run of its bytes is handed out as a view that is good until the next is asked for.
 * For one thread at a time.
 */
public abstract class RequestBody {
    private long most;
    private long seen;
    private Supplier<RuntimeException> failure;
    private volatile boolean complete;

    /** @param most most bytes that may come, 0 or more */
    protected RequestBody(long most) {
        this.most = most;
    }

    /** Whether the last byte, trailers included, has been taken. */
    public final boolean isComplete() {
        return complete;
    }

    /** Whether reading failed: where the body ends can't be told then, and nothing behind it may be read as a request. */
    public final boolean isBroken() {
        return failure != null;
    }

    /** Whether the header has already told that the body is longer than allowed. */
    public final boolean isTooLong() {
        return seen + outstanding() > most;
    }

    /** The fields behind the body; empty before its end. */
    public Headers trailers() {
        return WritableHeaders.create();
    }

    /** Sets the most bytes that may come; has no effect once some have. */
    public final void limit(long bytes) {
        if (seen == 0) {
            most = bytes;
        }
    }

    /** Sets the most bytes that may come, if that is less than it was; has no effect once some have. */
    final void limitTo(long bytes) {
        limit(Math.min(most, bytes));
    }

    /** Bytes that are known to be still to come, or a guess of 0. */
    public abstract long outstanding();

    /** Waits until some bytes of the body are at hand; returns how many, or 0 at its end. */
    protected abstract int await() throws IOException;

    /** Takes so many of the bytes at hand: all that were, at most. */
    protected abstract BufferData take(int count);

    /** Counts a body that is not what it should be: the status that says so. */
    protected abstract void countRefusal(int status);

    /**
     * Next run of bytes, or null at the end.
     *
     * @throws RequestException          413 if the body is longer than allowed, 408 if it does not come in time, 400 if its
     *                                   framing is wrong
     * @throws ServerConnectionException if the client went away
     */
    public final BufferData next() {
        if (complete) {
            return null;
        }
        try {
            if (failure == null) {
                return run();
            }
        } catch (DeadlineException e) {
            failure = () -> refused(EventType.OTHER, Status.REQUEST_TIMEOUT_408, "the body did not come in time");
        } catch (Refusal e) {
            countRefusal(e.status().code());
            failure = () -> refused(eventType(e.status()), e.status(), e.getMessage());
        } catch (IOException e) {
            failure = () -> new ServerConnectionException("the client went away within the body", e);
        }
        // another each time: closing a stream fails as reading it did, and an exception can't be suppressed by itself
        throw failure.get();
    }

    private BufferData run() throws IOException {
        requireAllowed();
        int count = await();
        if (count == 0) {
            complete = true;
            return null;
        }
        // again: the size of a chunk is known only now
        requireAllowed();
        BufferData run = take(count);
        seen += count;
        return run;
    }

    private void requireAllowed() {
        if (isTooLong()) {
            throw new Refusal(Status.REQUEST_ENTITY_TOO_LARGE_413, "the body is longer than " + most + " bytes");
        }
    }

    private static EventType eventType(Status status) {
        return status == Status.REQUEST_ENTITY_TOO_LARGE_413 ? EventType.PAYLOAD_TOO_LARGE : EventType.BAD_REQUEST;
    }

    private static RequestException refused(EventType type, Status status, String reason) {
        return RequestException.builder().type(type).status(status).message(reason).setKeepAlive(false).build();
    }

    /**
     * How long, in milliseconds, a client may still keep a handler waiting, for what it has sent of a body.
     *
     * @param limit  longest pause between two bytes, in milliseconds
     * @param rate   least bytes a second on average; 0 for none
     * @param bytes  that have come
     * @param waited milliseconds that were waited for them
     */
    public static long patience(long limit, long rate, long bytes, long waited) {
        return rate == 0 ? limit : Math.clamp(limit + 1_000 * bytes / rate - waited, 0, limit);
    }

    /** Throws what a client that goes away within the body deserves. */
    protected static IOException ended() {
        return new IOException("the client closed the connection within the body");
    }
}
