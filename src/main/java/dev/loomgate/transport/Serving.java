package dev.loomgate.transport;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

import io.helidon.webserver.Router;

/**
 * What serves one request at a time: a connection, or a stream of one that serves several at once. It knows by which routings its
 * request is served, and until when.
 */
public abstract sealed class Serving permits Connection, StreamServing {
    private static final VarHandle ROUTER;

    static {
        try {
            ROUTER = MethodHandles.lookup().findVarHandle(Serving.class, "serving", Router.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private volatile Router serving;
    private volatile RequestTimer timer;

    Serving() {
    }

    /** The listener that the request has come to. */
    abstract Listener listener();

    /** A request that took longer than it may is counted. */
    abstract void countLate();

    /** Ends a request whose handler does not, so that what was sent of a response can't be taken for the whole. */
    abstract void breakOff();

    /** The routings for the next request, which are not closed before that is served. */
    public Router router() {
        Router current = listener().router();
        while (true) {
            // in this order, so that whoever replaces the routings either sees that they are used or has replaced them before
            serving = current;
            Router still = listener().router();
            if (still == current) {
                return current;
            }
            current = still;
        }
    }

    /** The request is served. */
    final void forgetRouter() {
        ROUTER.setRelease(this, null);
    }

    /** Whether a request is being served by these routings. */
    boolean isServedBy(Router router) {
        return serving == router;
    }

    /**
     * Limits the time of the request that is handled, by this thread; see {@link TimeLimit}.
     *
     * @param deadline time of the socket's clock in milliseconds
     */
    public final RequestTimer startTimer(long deadline) {
        var started = new RequestTimer(this, deadline);
        timer = started;
        return started;
    }

    /** Whether the time of the request that is handled is over. */
    public final boolean isRequestLate() {
        RequestTimer running = timer;
        return running != null && running.isExpired();
    }

    final void timerEnded() {
        timer = null;
    }

    final void sweepTimer(long now) {
        RequestTimer running = timer;
        if (running != null) {
            running.sweep(now);
        }
    }
}
