package dev.loomgate.http2;

import java.util.concurrent.TimeUnit;

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
    /** Bytes that are sent for each update of a window that a client may send: one of the stream and one of all for each KB. */
    private static final int BYTES_AN_UPDATE = 512;
    /** What counts of a piece of a body, however long it is; the last one counts so much, however short. */
    private static final int MOST_OF_A_PIECE = 2 * BYTES_AN_UPDATE;
    private static final int MOST_BYTES = 1000 * BYTES_AN_UPDATE;

    private final Connection connection;
    private final Bucket frames = new Bucket(FRAMES, FRAMES_A_SECOND);
    private final Bucket resets = new Bucket(RESETS, RESETS_A_SECOND);
    private volatile int sent = MOST_BYTES;

    FrameBudget(Connection connection) {
        this.connection = connection;
    }

    private static final class Bucket {
        private final long most;
        private final long rate;
        /** In thousandths. */
        private long left;
        /** By the exact clock, or by one that is behind it. */
        private long last;

        private Bucket(int most, int rate) {
            this.most = most * 1_000L;
            this.rate = rate;
            this.left = this.most;
            this.last = exactly();
        }

        private static long exactly() {
            return TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
        }

        /** @param nowMillis of a coarse clock, which may have stood still for long: it is not the one to punish by */
        private boolean take(long nowMillis) {
            fill(nowMillis);
            left -= 1_000;
            if (left < 0) {
                fill(exactly());
            }
            return left >= 0;
        }

        private void fill(long nowMillis) {
            if (nowMillis > last) {
                left = Math.min(most, left + (nowMillis - last) * rate);
                last = nowMillis;
            }
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
        inVain();
    }

    /** Counts a request that was answered though it could not be served, and has been counted as a packet. */
    void inVain() throws ConnectionError {
        if (!frames.take(connection.socket().time())) {
            throw new ConnectionError(ErrorCode.ENHANCE_YOUR_CALM, Reason.FRAMES, "too many frames that ask for nothing");
        }
    }

    /** Counts a stream that was broken off, by the client or because of it. */
    void reset() throws ConnectionError {
        packet();
        brokenOff();
    }

    /** Counts a request that was refused, and has been counted as a packet. */
    void brokenOff() throws ConnectionError {
        if (!resets.take(connection.socket().time())) {
            throw new ConnectionError(ErrorCode.ENHANCE_YOUR_CALM, Reason.RESETS, "too many requests were broken off");
        }
    }

    /**
     * A piece of a body is sent, for which the client may open its windows again; called by any thread.
     *
     * @param last whether the body ends with it
     */
    void sent(int count, boolean last) {
        // what gets lost among several threads makes no difference
        sent = Math.min(MOST_BYTES, sent + (last ? MOST_OF_A_PIECE : Math.min(count, MOST_OF_A_PIECE)));
    }

    /** Counts an update of a window. */
    void update() throws ConnectionError {
        if (sent >= BYTES_AN_UPDATE) {
            sent -= BYTES_AN_UPDATE;
        } else {
            frame();
        }
    }
}
