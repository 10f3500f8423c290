package dev.loomgate.transport;

import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/**
 * A wish to be told when the client goes. The sweep begins the watching, so that a request that is answered before the next
 * sweep costs no second thread.
 */
final class PendingWatch implements ClientWatch.Watch {
    private final ReentrantLock lock = new ReentrantLock();
    private final Connection connection;
    private final BooleanSupplier mayBegin;
    private final Runnable action;
    private boolean begun;
    private boolean ended;

    PendingWatch(Connection connection, BooleanSupplier mayBegin, Runnable action) {
        this.connection = connection;
        this.mayBegin = mayBegin;
        this.action = action;
    }

    /** Begins watching unless it has begun or ended, or something else still reads from the client. */
    void begin(LeanSocket socket) {
        lock.lock();
        try {
            if (!begun && !ended && mayBegin.getAsBoolean()) {
                begun = true;
                socket.watch(action);
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        lock.lock();
        try {
            if (ended) {
                return;
            }
            ended = true;
        } finally {
            lock.unlock();
        }
        connection.watchEnded(begun);
    }
}
