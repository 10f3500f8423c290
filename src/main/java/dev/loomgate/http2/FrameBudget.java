package dev.loomgate.http2;

import dev.loomgate.guard.Reason;
import dev.loomgate.transport.Connection;

/**
 * Frames that a client may send though they ask for nothing, and requests that it may break off: so many at once, and so many a
 * second from then on (RFC 9113 section 10.5). Those of clients that mean well stay far below. For the thread that reads the
 * connection, but for what is sent.
 */
final class FrameBudget {
    /** Settings, pings, priorities, empty or tiny pieces of bodies, and updates of windows that nothing was sent into. */
    private static final int FRAMES = 1000;
    private static final int FRAMES_A_SECOND = 100;
    /** A page that is left breaks off what it has asked for: as many as there may be streams. */
    private static final int RESETS = 500;
    private static final int RESETS_A_SECOND = 50;
    /** Updates of windows for each piece of a body that is sent: of the stream, and of all. */
    private static final int UPDATES_A_PIECE = 2;
    private static final int MOST_UPDATES = 1000;

    private final Connection connection;
    private final Bucket frames = new Bucket(FRAMES, FRAMES_A_SECOND);
    private final Bucket resets = new Bucket(RESETS, RESETS_A_SECOND);
    private volatile int updates = MOST_UPDATES;

    FrameBudget(Connection connection) {
        this.connection = connection;
    }

    private static final class Bucket {
        private final long most;
        private final long rate;
        /** In thousandths. */
        private long left;
        private long last;

        private Bucket(int most, int rate) {
            this.most = most * 1_000L;
            this.rate = rate;
            this.left = this.most;
        }

        private boolean take(long nowMillis) {
            left = Math.min(most, left + (nowMillis - last) * rate);
            last = nowMillis;
            left -= 1_000;
            return left >= 0;
        }
    }

    /** Counts a request, or a frame that is limited like one; keeps the calling thread if there are a few too many. */
    void packet() throws ConnectionError {
        if (!connection.mayServe()) {
            // it has been counted
            throw new ConnectionError(ErrorCode.ENHANCE_YOUR_CALM, null, "too many requests in a second on this connection");
        }
    }

    /** Counts a frame that asks for nothing. */
    void frame() throws ConnectionError {
        packet();
        if (!frames.take(connection.socket().now())) {
            throw new ConnectionError(ErrorCode.ENHANCE_YOUR_CALM, Reason.FRAMES, "too many frames that ask for nothing");
        }
    }

    /** Counts a stream that was broken off, by the client or because of it. */
    void reset() throws ConnectionError {
        packet();
        if (!resets.take(connection.socket().now())) {
            throw new ConnectionError(ErrorCode.ENHANCE_YOUR_CALM, Reason.RESETS, "too many requests were broken off");
        }
    }

    /** A piece of a body is sent, for which the client may open its windows again; called by any thread. */
    void sent() {
        // one that gets lost among several threads makes no difference
        updates = Math.min(MOST_UPDATES, updates + UPDATES_A_PIECE);
    }

    /** Counts an update of a window. */
    void update() throws ConnectionError {
        if (updates > 0) {
            updates--;
        } else {
            frame();
        }
    }
}
